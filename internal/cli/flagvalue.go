package cli

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
)

// addFlag makes the flag of a setting whose value is at a place, by the type of that.
func addFlag(flags *pflag.FlagSet, row config.Setting, at any) {
	name, help := row.Flag, worded(row.Help)
	switch p := at.(type) {
	case *config.Keyword:
		flags.StringVar((*string)(p), name, string(*p), help)
	case *string:
		if row.Word != "" {
			flags.Var(textOrWord{p, row.Word}, name, help)
			return
		}
		flags.StringVar(p, name, *p, help)
	case *bool:
		flags.BoolVar(p, name, *p, help)
	case *uint64:
		uintFlag(flags, p, name, "", help)
	case *int:
		if row.Word == "" {
			intFlag(flags, p, name, "", help)
			return
		}
		flags.Var(countOrWord{p, row.Word, row.Least}, name, help)
	case *float64:
		if row.Word == "" {
			floatFlag(flags, p, name, help)
			return
		}
		flags.Var(numberOrWord{p, row.Words()}, name, help)
	case *[]int:
		flags.Var(numberList{list: p, word: row.Word}, name, help)
	case *[]string:
		flags.Var(&textList{list: p}, name, help)
	default:
		panic(fmt.Sprintf("cli: --%s is a %T, of which there is no flag", name, p))
	}
}

// number is the flag value of a number in decimal digits, as a configuration has it. The
// flag package's own take 010 for eight.
type number[T int | uint64 | float64] struct {
	value *T
	parse func(string) (T, error)
}

func (n number[T]) Type() string { return fmt.Sprintf("%T", *new(T)) }

func (n number[T]) String() string {
	if n.value == nil {
		return ""
	}
	return fmt.Sprint(*n.value)
}

func (n number[T]) Set(text string) error {
	x, err := n.parse(text)
	if err == nil {
		*n.value = x
	}
	return err
}

// intFlag makes the flag of a whole number, which has its default already.
func intFlag(flags *pflag.FlagSet, p *int, name, short, help string) {
	flags.VarP(number[int]{p, config.ParseInt}, name, short, help)
}

func uintFlag(flags *pflag.FlagSet, p *uint64, name, short, help string) {
	flags.VarP(number[uint64]{p, config.ParseUint}, name, short, help)
}

func floatFlag(flags *pflag.FlagSet, p *float64, name, help string) {
	flags.Var(number[float64]{p, config.ParseFloat}, name, help)
}

// standsFor is the number that a word of a setting stands for.
const standsFor = -1

// numberList is the flag value of a list of whole numbers: "400,200", or a word for one
// of none where there may be such.
type numberList struct {
	list    *[]int
	word    string
	example string // of an error; "" for widths
}

func (w numberList) Type() string { return "numbers" }

func (w numberList) String() string {
	if w.list == nil || len(*w.list) == 0 {
		return "none"
	}
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(*w.list), "[]")), ",")
}

func (w numberList) Set(text string) error {
	list := []int{}
	if text != w.word || text == "" {
		for part := range strings.SplitSeq(text, ",") {
			n, err := config.ParseInt(strings.TrimSpace(part))
			if err != nil {
				return errors.New("must be whole numbers with commas between, such as " + cmp.Or(w.example, "400,200") + w.orWord())
			}
			list = append(list, n)
		}
	}
	*w.list = list
	return nil
}

// orWord adds the word, where there is one.
func (w numberList) orWord() string {
	if w.word == "" {
		return ""
	}
	return fmt.Sprintf(", or %q", w.word)
}

// textList is the flag value of a list of words with commas between. The flag package's
// own takes them for CSV and leaves out what follows a line feed.
type textList struct {
	list  *[]string
	given bool // more come behind what was given before
}

func (t *textList) Type() string { return "strings" }

func (t *textList) String() string {
	if t.list == nil {
		return ""
	}
	return strings.Join(*t.list, ",")
}

func (t *textList) Set(text string) error {
	if !t.given {
		*t.list, t.given = nil, true
	}
	*t.list = append(*t.list, strings.Split(text, ",")...)
	return nil
}

// textOrWord is the flag value of a text, with a word that stands for an empty one.
type textOrWord struct {
	text *string
	word string
}

func (t textOrWord) Type() string { return "string" }

func (t textOrWord) String() string {
	if t.text == nil || *t.text == "" {
		return t.word
	}
	return *t.text
}

func (t textOrWord) Set(text string) error {
	switch text {
	case "":
		return fmt.Errorf("must not be empty: give it a value, or %s", t.word)
	case t.word:
		text = ""
	}
	*t.text = text
	return nil
}

// duration is the flag value of a time, with its unit.
type duration time.Duration

func (d *duration) Type() string { return "duration" }

func (d *duration) String() string { return time.Duration(*d).String() }

func (d *duration) Set(text string) error {
	t, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("must be a time with its unit, such as 90s, 10m or 1h30m, or 0")
	}
	*d = duration(t)
	return nil
}

// numberOrWord is the flag value of a number for which words may stand: of -1, -2.
type numberOrWord struct {
	number *float64
	words  []string
}

func (n numberOrWord) Type() string { return "float64" }

func (n numberOrWord) String() string {
	for i, word := range n.words {
		if n.number == nil || *n.number == float64(standsFor-i) {
			return word
		}
	}
	return strconv.FormatFloat(*n.number, 'g', -1, 64)
}

func (n numberOrWord) Set(text string) error {
	if i := slices.Index(n.words, text); i >= 0 {
		*n.number = float64(standsFor - i)
		return nil
	}
	x, err := config.ParseFloat(text)
	if err == nil && x < 0 && x >= float64(-len(n.words)) && x == math.Trunc(x) {
		err = errors.New("too small")
	}
	if err == nil {
		*n.number = x
	}
	return err
}

// countOrWord is the flag value of a whole number for which a word may stand.
type countOrWord struct {
	count *int
	word  string
	least int
}

func (a countOrWord) Type() string { return "int" }

func (a countOrWord) String() string {
	if a.count == nil || *a.count == standsFor {
		return a.word
	}
	return strconv.Itoa(*a.count)
}

func (a countOrWord) Set(text string) error {
	if text == a.word {
		*a.count = standsFor
		return nil
	}
	n, err := config.ParseInt(text)
	if err == nil && n < a.least {
		err = errors.New("too small")
	}
	if err == nil {
		*a.count = n
	}
	return err
}

// choice is the flag value of a name from a list.
type choice[T ~string] struct {
	value *T
	of    []T
}

func (c *choice[T]) Type() string { return "string" }

func (c *choice[T]) String() string {
	if c.value == nil {
		return ""
	}
	return string(*c.value)
}

func (c *choice[T]) Set(text string) error {
	if !slices.Contains(c.of, T(text)) {
		return errors.New("must be one of " + console.Join(config.Names(c.of)))
	}
	*c.value = T(text)
	return nil
}
