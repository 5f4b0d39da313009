package console

import (
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestShellWord(t *testing.T) {
	for s, want := range map[string]string{
		"runs/0001-vae-z20": "runs/0001-vae-z20", "": "''", "my run": "'my run'", "it's": `'it'\''s'`, "$HOME": "'$HOME'", "é": "'é'",
		"-x": "./-x", "a\nb'\\": `$'a\012b\'\\'`, "é\u202e": `$'é\342\200\256'`, "\u009b1m": `$'\302\2331m'`, "\xe9é": `$'\351é'`, "نامه\u200cای": "'نامه\u200cای'",
	} {
		if got := ShellWord(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestValidText(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "a/é.png": "a/é.png", "caf\xe9": `caf\xe9`, "\xff\xfe": `\xff\xfe`, "\xc3": `\xc3`, "\uFFFD": "\uFFFD",
		`\xe9`: `\x5cxe9`, `\xg9`: `\xg9`, `\\x41`: `\\x5cx41`, `\x`: `\x`, "\\x4\xff": `\x4\xff`,
	} {
		if got := ValidText(s); got != want {
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
		text := ValidText(s)
		back := escape.ReplaceAllStringFunc(text, func(e string) string {
			b, err := hex.DecodeString(e[2:])
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		})
		if !utf8.ValidString(text) || back != s || OriginalText(text) != s {
			t.Errorf("%q becomes %q and that %q", s, text, back)
		}
	})
}

func TestOneLine(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "naïve 日本 🙂": "naïve 日本 🙂", "a\tb\r\n\x00\x1b\x7f": "a b     ", "\u0080\u0085\u009b\u009f\u00a0": "    \u00a0", "a\u2028b\u2029": "a b ",
		"\u202a\u202e\u2066\u2069\u200e\u200f\u061c": "\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd", "\u200b\u2060\ufeff\u00ad\U000e0041": "\ufffd\ufffd\ufffd\ufffd\ufffd",
		"क\u094d\u200dष 👩\u200d🔬 می\u200cخواهم \u0600": "क\u094d\u200dष 👩\u200d🔬 می\u200cخواهم \u0600", "\x9b\xff": "\ufffd\ufffd",
	} {
		if got := OneLine(s); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	for _, s := range []string{"", "plain", "a\nb", "\x1b]0;title\x07", "\xff\xfe", "é\u2028", "\u009b2J", "a\u202eb", "\U000e0041"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := OneLine(s)
		if !utf8.ValidString(got) || OneLine(got) != got || utf8.RuneCountInString(got) != utf8.RuneCountInString(s) {
			t.Errorf("%q becomes %q", s, got)
		}
		if strings.ContainsFunc(got, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
		}) {
			t.Errorf("%q stays %q", s, got)
		}
	})
}
