package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"vae/internal/console"
)

// codeColumns says which columns of a table hold what of a code.
type codeColumns struct {
	name, label int    // -1 for none
	latents     []int  // [L]
	note        string // what was not as encode writes it; "" for nothing
}

// The beginnings of the names that encode gives to the columns of latents: means of
// q(z|x) and draws from it; and of what is passed over, the log-variances.
var latentPrefixes = []string{"mu", "z"}

const variancePrefix = "logvar"

// findCodes finds the codes for a model in a table with a header, or in one with so many
// columns, of which the first are text.
func findCodes(header []string, width, texts int, m *loaded) (codeColumns, error) {
	if header == nil {
		return plainCodes(width, texts, m)
	}
	c := codeColumns{name: slices.Index(header, "name"), label: slices.Index(header, "label")}
	found := map[string][]int{}
	for _, prefix := range latentPrefixes {
		columns, err := numbered(header, prefix)
		if err != nil {
			return c, err
		}
		if len(columns) > 0 {
			found[prefix] = columns
		}
	}
	switch {
	case len(found) > 1:
		return c, fmt.Errorf("has columns mu_... and z_...: leave one of them out")
	case len(found) == 0:
		return otherCodes(c, header, m)
	}
	for prefix, columns := range found { // one
		if len(columns) != m.Latent() {
			return c, fmt.Errorf("has %s%s", namedLatents(prefix, len(columns)), wanted(len(columns), m))
		}
		c.latents = columns
	}
	c.passOver(header)
	return c, nil
}

// numbered finds the columns prefix_0, prefix_1, ...; of n of them none may be missing.
func numbered(header []string, prefix string) ([]int, error) {
	at := map[int]int{}
	for column, name := range header {
		digits, ok := strings.CutPrefix(name, prefix+"_")
		i, err := strconv.ParseUint(digits, 10, 31)
		if !ok || err != nil {
			continue
		}
		if _, twice := at[int(i)]; twice {
			return nil, fmt.Errorf("has the column %s_%d twice", prefix, i)
		}
		at[int(i)] = column
	}
	columns := make([]int, len(at))
	for i := range columns {
		column, ok := at[i]
		if !ok {
			return nil, fmt.Errorf("has no column %s_%d, and others of that name", prefix, i)
		}
		columns[i] = column
	}
	return columns, nil
}

// otherCodes takes all columns but name, label and the nameless index of pandas.
func otherCodes(c codeColumns, header []string, m *loaded) (codeColumns, error) {
	for column, name := range header {
		index := column == 0 && (name == "" || name == "Unnamed: 0")
		if column != c.name && column != c.label && !index {
			c.latents = append(c.latents, column)
		}
	}
	if len(c.latents) != m.Latent() {
		return c, fmt.Errorf("has no columns mu_0, mu_1, ... or z_0, z_1, ..., and %s of other names%s",
			console.Count(len(c.latents), "column"), wanted(len(c.latents), m))
	}
	return c, nil
}

// passOver notes the columns that are not used, those of encode apart.
func (c *codeColumns) passOver(header []string) {
	var others []string
	for column, name := range header {
		if column != c.name && column != c.label && !slices.Contains(c.latents, column) && !strings.HasPrefix(name, variancePrefix+"_") && name != "" {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		c.note = fmt.Sprintf("columns that are no latents are passed over: %s", console.Listed(others))
	}
}

// plainCodes takes the columns of a table without a header in their order.
func plainCodes(width, texts int, m *loaded) (codeColumns, error) {
	c, latents := codeColumns{name: -1, label: -1}, m.Latent()
	before := width - latents
	if with := width - 2*latents; with == texts {
		before = with
		c.note = fmt.Sprintf("of twice as many columns as latents the first %d are taken for the latents, the others for log-variances", latents)
	}
	switch {
	case before == 0 && texts == 0:
	case before == 1 && texts == 1:
		c.name = 0
	case before == 2 && (texts == 2 || texts == 1): // a label may be a number
		c.name, c.label = 0, 1
	default:
		return c, fmt.Errorf("has %s%s", console.Count(width, "column"), wanted(width, m))
	}
	for i := range latents {
		c.latents = append(c.latents, before+i)
	}
	return c, nil
}

// namedLatents are the words for so many columns.
func namedLatents(prefix string, n int) string {
	if n == 1 {
		return "the column " + prefix + "_0"
	}
	return fmt.Sprintf("the columns %s_0 to %s_%d", prefix, prefix, n-1)
}

// wanted says how many latents a model has, of so many that there are.
func wanted(found int, m *loaded) string {
	text := fmt.Sprintf(", and %s has %s", m.file, console.Count(m.Latent(), "latent"))
	if top := m.Top().Latents; len(m.Levels()) > 1 && found == top {
		text += fmt.Sprintf("; the %d of its second layer are drawn from, not decoded: give those of the layer next to the image, which encode writes", top)
	}
	return text
}
