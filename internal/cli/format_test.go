package cli

import (
	"math"
	"testing"
	"time"
)

func TestComma(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 60000: "60,000", 123456: "123,456", 1234567: "1,234,567",
		-1: "-1", -999: "-999", -1000: "-1,000", -123456: "-123,456",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := comma(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 images", 1: "1 image", 2: "2 images", 10000: "10,000 images"} {
		if got := count(n, "image"); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for s, want := range map[string]string{
		"runs/0001-vae-z20": "runs/0001-vae-z20", "": "''", "my run": "'my run'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "é": "'é'",
	} {
		if got := shellWord(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                      "0.0 s",
		40 * time.Millisecond:                  "0.0 s",
		4250 * time.Millisecond:                "4.2 s",
		59949 * time.Millisecond:               "59.9 s",
		59950 * time.Millisecond:               "1 min 00 s",
		59999 * time.Millisecond:               "1 min 00 s",
		time.Minute:                            "1 min 00 s",
		185400 * time.Millisecond:              "3 min 05 s",
		time.Hour - 500*time.Millisecond:       "1 h 00 min",
		time.Hour - 501*time.Millisecond:       "59 min 59 s",
		26*time.Hour + 3*time.Minute:           "26 h 03 min",
		26*time.Hour + 179500*time.Millisecond: "26 h 03 min",
	} {
		if got := seconds(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}
