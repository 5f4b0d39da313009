package console

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestComma(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 60000: "60,000", 123456: "123,456", 1234567: "1,234,567",
		-1: "-1", -999: "-999", -1000: "-1,000", -123456: "-123,456",
		math.MaxInt64: "9,223,372,036,854,775,807", math.MinInt64: "-9,223,372,036,854,775,808",
	} {
		if got := Comma(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 images", 1: "1 image", 2: "2 images", 10000: "10,000 images"} {
		if got := Count(n, "image"); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
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
		if got := Seconds(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

func TestListed(t *testing.T) {
	many := make([]string, 1234)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	long, cut := strings.Repeat("é", 50), strings.Repeat("é", 40)+"..."
	for _, c := range []struct {
		classes []string
		want    string
	}{
		{nil, ""},
		{[]string{"cat"}, "cat"},
		{[]string{"cat", "dog"}, "cat, dog"},
		{[]string{"two\nlines", "\t"}, "two lines,  "},
		{many[:12], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11"},
		{many[:13], "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 1 more"},
		{many, "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 1,222 more"},
		{[]string{long, "a"}, cut + ", a"},
		{[]string{long, long, "a", "b"}, cut + ", " + cut + " and 2 more"},
	} {
		if got := Listed(c.classes); got != c.want {
			t.Errorf("%.3q is listed as %q, want %q", c.classes, got, c.want)
		}
	}
}
