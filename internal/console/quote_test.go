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
		"-x": "./-x", "a\nb'\\": `$'a\012b\'\\'`,
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
		if !utf8.ValidString(text) || back != s {
			t.Errorf("%q becomes %q and that %q", s, text, back)
		}
	})
}

func FuzzOneLine(f *testing.F) {
	for _, s := range []string{"", "plain", "a\nb", "\x1b]0;title\x07", "\xff\xfe", "é\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := OneLine(s); strings.ContainsFunc(got, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			t.Errorf("%q stays %q", s, got)
		}
	})
}
