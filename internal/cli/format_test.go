package cli

import (
	"encoding/hex"
	"math"
	"regexp"
	"testing"
	"time"
	"unicode/utf8"
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
		"-x": "./-x", "a\nb'\\": `$'a\012b\'\\'`,
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

func TestValidText(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "a/é.png": "a/é.png", "caf\xe9": `caf\xe9`, "\xff\xfe": `\xff\xfe`, "\xc3": `\xc3`, "\uFFFD": "\uFFFD",
		`\xe9`: `\x5cxe9`, `\xg9`: `\xg9`, `\\x41`: `\\x5cx41`, `\x`: `\x`, "\\x4\xff": `\x4\xff`,
	} {
		if got := validText(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

// FuzzValidText: the result is UTF-8, and the bytes can be had back from it.
func FuzzValidText(f *testing.F) {
	for _, s := range []string{"", "a.png", "\xff", `\xff`, `\x5cx`, "\\\xffx41", "\\x\xe9\xe9"} {
		f.Add(s)
	}
	escape := regexp.MustCompile(`\\x[0-9a-fA-F]{2}`)
	f.Fuzz(func(t *testing.T, s string) {
		text := validText(s)
		back := escape.ReplaceAllStringFunc(text, func(e string) string {
			b, err := hex.DecodeString(e[2:])
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		})
		if !utf8.ValidString(text) || back != s {
			t.Errorf("%q becomes %q and that %q", s, text, back)
		}
	})
}
