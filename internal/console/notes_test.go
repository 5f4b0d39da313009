package console

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

// TestNotesAreLines: what is put into a message breaks no line of it, and what others
// have words for stays.
func TestNotesAreLines(t *testing.T) {
	var b strings.Builder
	args := []any{"a\nb\x1b", errors.New("c\u202e\x00d"), 3, []byte("e\nf")}
	Notes{W: &b}.Printf("%s: %v, %d\n%s\n", args...)
	if want := "a b : c\ufffd\x00d, 3\ne\nf\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	if args[0] != "a\nb\x1b" {
		t.Errorf("an argument has become %q", args[0])
	}
	Notes{W: &b, Quiet: true}.Printf("more")
	if strings.Contains(b.String(), "more") {
		t.Error("quiet notes are printed")
	}
}

// TestNotesAreShort: a name of any length does not fill a terminal, and what is said before and behind it is seen.
func TestNotesAreShort(t *testing.T) {
	err := errors.New("cannot write out/" + strings.Repeat("é", 100_000) + ": file name too long")
	var notes, report strings.Builder
	Notes{W: &notes}.Printf("vae: %v\n", err)
	Reporter{W: &report}.Report(t.Context(), err)
	for _, got := range []string{notes.String(), report.String()} {
		if len(got) > 2000 || !strings.HasPrefix(got, "vae: cannot write out/é") || !strings.HasSuffix(got, "é: file name too long\n") {
			t.Errorf("%d bytes: %.40q", len(got), got)
		}
	}
}

// TestJSONIsHarmless: values stay, escaped where a terminal would obey them.
func TestJSONIsHarmless(t *testing.T) {
	want := []string{"plain é", "\x1b[m\u009b\u202e\x7f\n", "\U000e0041\u2028🙂"}
	var b strings.Builder
	e := NewJSON(&b)
	e.SetIndent("", " ")
	if err := e.Encode(want); err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q is read as %q (%v)", b.String(), got, err)
	}
	if text := strings.ReplaceAll(b.String(), "\n", ""); OneLine(text) != text || !strings.Contains(text, "é") || !strings.Contains(text, "🙂") {
		t.Errorf("%q", b.String())
	}
}
