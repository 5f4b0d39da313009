package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"vae/internal/config"
)

// widths is the flag value of a list of layer widths: "400,200", or "none".
type widths struct{ list *[]int }

func (w widths) Type() string { return "widths" }

func (w widths) String() string {
	if w.list == nil || len(*w.list) == 0 {
		return "none"
	}
	return strings.Join(strings.Fields(strings.Trim(fmt.Sprint(*w.list), "[]")), ",")
}

func (w widths) Set(text string) error {
	list := []int{}
	if text != "none" {
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(part))
			if err != nil {
				return errors.New(`must be whole numbers with commas between, such as 400,200, or "none"`)
			}
			list = append(list, n)
		}
	}
	*w.list = list
	return nil
}

// texts is the flag value of a list of words with commas between. The flag package's
// own takes them for CSV and leaves out what follows a line feed.
type texts struct {
	list  *[]string
	given bool // more come behind what was given before
}

func (t *texts) Type() string { return "strings" }

func (t *texts) String() string {
	if t.list == nil {
		return ""
	}
	return strings.Join(*t.list, ",")
}

func (t *texts) Set(text string) error {
	if !t.given {
		*t.list, t.given = nil, true
	}
	*t.list = append(*t.list, strings.Split(text, ",")...)
	return nil
}

// namedNumber is the flag value of a number for which a word may stand.
type namedNumber struct {
	number *float64
	word   string
	value  float64 // that the word stands for
}

func (n namedNumber) Type() string { return "float64" }

func (n namedNumber) String() string {
	if n.number == nil || *n.number == n.value {
		return n.word
	}
	return strconv.FormatFloat(*n.number, 'g', -1, 64)
}

func (n namedNumber) Set(text string) error {
	if text == n.word {
		*n.number = n.value
		return nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err == nil && x == n.value {
		err = errors.New("too small")
	}
	if err == nil {
		*n.number = x
	}
	return err
}

// autoCount is the flag value of a count that the program may choose: "auto".
type autoCount struct {
	count *int
	least int
}

func (a autoCount) Type() string { return "int" }

func (a autoCount) String() string {
	if a.count == nil || *a.count == config.Auto {
		return "auto"
	}
	return strconv.Itoa(*a.count)
}

func (a autoCount) Set(text string) error {
	if text == "auto" {
		*a.count = config.Auto
		return nil
	}
	n, err := strconv.Atoi(text)
	if err == nil && n < a.least {
		err = errors.New("too small")
	}
	if err == nil {
		*a.count = n
	}
	return err
}
