package floors

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestLesson: the commands of the lesson are those that docs/lesson.sh runs, and its
// figures are what they have printed.
func TestLesson(t *testing.T) {
	page := read(t, filepath.Join(root, "docs", "latent-spaces.md"))
	printed := read(t, filepath.Join(root, "docs", "img", "lesson", "figures.txt"))
	faults, checked := misquoted(page, printed)
	for _, fault := range faults {
		t.Error(fault)
	}
	if checked < 100 {
		t.Errorf("%d lines and figures checked, so this test sees too little", checked)
	}
}

// TestPicturesOfCommands: beside each picture that docs/lesson.sh makes stands the
// command that has made it.
func TestPicturesOfCommands(t *testing.T) {
	printed := read(t, filepath.Join(root, "docs", "img", "lesson", "figures.txt"))
	pictures := regexp.MustCompile(`\((?:docs/)?img/(?:lesson/|(see/))([^)]+)\)`)
	for page, want := range map[string]int{filepath.Join("docs", "latent-spaces.md"): 15, "README.md": 6} {
		text := read(t, filepath.Join(root, page))
		shown := slices.DeleteFunc(pictures.FindAllStringSubmatch(text, -1), func(found []string) bool {
			return filepath.Ext(found[2]) == ".txt"
		})
		if len(shown) < want {
			t.Errorf("%s shows %d pictures, want %d or more", page, len(shown), want)
		}
		for _, found := range shown {
			made := regexp.MustCompile(`(?m)^\$ (vae .* -o )` + regexp.QuoteMeta(found[1]+found[2]) + "$").FindStringSubmatch(printed)
			if made == nil || !strings.Contains(text, made[1]+found[2]) {
				t.Errorf("%s shows %s%s, and not the command that made it", page, found[1], found[2])
			}
		}
	}
}

func TestMisquoted(t *testing.T) {
	const printed = "$ vae a -n 2\nloss 1.25 = 0.75 + 0.5, 44.618 %\nmse  0.5\n\n$ vae b\n"
	for page, want := range map[string]string{
		"    $ vae a -n 2\n    loss 1.25 = 0.75 + 0.5, 44.618 %\n    ...\n    $ vae b": "",
		"a loss of 1.25, 44.62 %, 44.6 and `vae c -n 0.1`, $9.9$, [x](y-0.1.png)":      "",
		"$$ a = 9.9 $$":                   "",
		"    $ vae c":                     "no command of the lesson: vae c",
		"    $ vae a -n 2\n    loss 1.26": `not printed by "vae a -n 2": loss 1.26`,
		"    $ vae a -n 2\n    mse 0.5":   `not printed by "vae a -n 2": mse 0.5`,
		"    $ vae b\n    mse  0.5":       `not printed by "vae b": mse  0.5`,
		"a loss of 1.251":                 "printed by no command: 1.251",
		"44.63 %, $44.64$":                "printed by no command: 44.63",
	} {
		faults, _ := misquoted(page, printed)
		if got := strings.Join(faults, "\n"); got != want {
			t.Errorf("%s: faults %q, want %q", page, got, want)
		}
	}
}

// misquoted are the lines of a page's blocks and the decimal figures of its text that
// are not in what was printed, and how many it has looked at.
func misquoted(page, printed string) (faults []string, checked int) {
	lines, figures, command := printedLines(printed), numbers(printed), ""
	for line := range strings.SplitSeq(page, "\n") {
		quoted, block := strings.CutPrefix(line, "    ")
		next, isCommand := strings.CutPrefix(quoted, "$ ")
		switch {
		case !block:
			command = ""
			for _, text := range decimals(line) {
				if checked++; !roundsTo(figures, text) {
					faults = append(faults, "printed by no command: "+text)
				}
			}
		case isCommand:
			checked++
			if command = next; lines[command] == nil {
				faults = append(faults, "no command of the lesson: "+command)
			}
		case quoted != "..." && !slices.Contains(lines[command], quoted):
			faults = append(faults, fmt.Sprintf("not printed by %q: %s", command, quoted))
		}
	}
	return faults, checked
}

// printedLines are the lines that each command has printed; the empty last one makes
// that of a silent command a list, too.
func printedLines(printed string) map[string][]string {
	lines := map[string][]string{}
	for _, answer := range strings.Split("\n"+printed, "\n$ ")[1:] {
		of := strings.Split(answer, "\n")
		lines[of[0]] = append(lines[of[0]], append(of[1:], "")...)
	}
	return lines
}

var (
	// What stands in code, in formulas and in addresses is no figure of the text.
	notText = regexp.MustCompile("`[^`]*`|\\${1,2}[^$]+\\${1,2}|\\]\\([^)]*\\)")
	number  = regexp.MustCompile(`\d+(?:\.\d+)?(?:e[+-]?\d+)?`)
)

func decimals(line string) []string {
	return slices.DeleteFunc(number.FindAllString(notText.ReplaceAllString(line, " "), -1), func(text string) bool {
		return !strings.Contains(text, ".")
	})
}

func numbers(text string) (values []float64) {
	for _, found := range number.FindAllString(text, -1) {
		if value, err := strconv.ParseFloat(found, 64); err == nil {
			values = append(values, value)
		}
	}
	return values
}

// roundsTo tells whether a value is text at text's number of decimals.
func roundsTo(values []float64, text string) bool {
	_, fraction, _ := strings.Cut(text, ".")
	return slices.ContainsFunc(values, func(value float64) bool {
		return strconv.FormatFloat(value, 'f', len(fraction), 64) == text
	})
}
