package config

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWord(t *testing.T) {
	word := func(name, value string) string { return "<" + name + "|" + value + ">" }
	for text, want := range map[string]string{
		"":                      "",
		"nothing to word":       "nothing to word",
		Mention("model.latent"): "<model.latent|>",
		"try " + Mention("train.learning_rate", "0.001") + ", or less": "try <train.learning_rate|0.001>, or less",
		Mention("model.kind", "ae") + Mention("columns"):               "<model.kind|ae><columns|>",
		Mention("train.samples", "5 or more"):                          "<train.samples|5 or more>",
		// names of files
		"⟨model.latent⟩": "⟨model.latent⟩", "⟨run⟩": "⟨run⟩", "⟨train.epochs 5⟩": "⟨train.epochs 5⟩", "⟨a⟩": "⟨a⟩", "⟩⟨": "⟩⟨", "⟨model.latent": "⟨model.latent", "⟨⟩": "⟨⟩", "⟨ model.latent⟩": "⟨ model.latent⟩",
		"⟨\x00⟨model.latent⟩\x00⟩": "⟨<model.latent|>⟩", "\x00⟨b \x00⟨model.latent 5⟩\x00": "\x00⟨b <model.latent|5>",
	} {
		if got := Word(text, word); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// A text without mentions is not changed, whatever signs are in it.
func TestWordKeepsOtherTexts(t *testing.T) {
	pieces := rapid.SampledFrom([]string{"\x00", "⟨", "⟩", " ", "model", ".latent", "train.", "x", "\x9f", "\xe2\x9f"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(pieces).Draw(t, "pieces"), "")
		var seen []string
		got := Word(text, func(name, value string) string {
			seen = append(seen, name)
			return Mention(name, value)
		})
		if len(seen) == 0 && got != text {
			t.Errorf("%q became %q", text, got)
		}
		for _, name := range seen {
			if !Mentionable(name) {
				t.Errorf("%q mentions %q, which is nothing", text, name)
			}
		}
	})
}

// Everything that the help of a setting mentions exists, and so does what decides on its use.
func TestTableMentions(t *testing.T) {
	for _, s := range table {
		left := Word(s.Help, func(string, string) string { return "" })
		if strings.Contains(left, opening) || strings.Contains(left, closing) {
			t.Errorf("%s: help %q", s.Path, s.Help)
		}
		for _, use := range s.UsedBy {
			if _, ok := Find(use.Of); !ok {
				t.Errorf("%s is used by %s, which is no setting", s.Path, use.Of)
			}
		}
	}
}
