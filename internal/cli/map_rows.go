package cli

import (
	"fmt"
	"math"

	"vae/internal/console"
	"vae/internal/embed"
	"vae/internal/memory"
)

// maxMapNumbers bounds the numbers of all rows, 1 GiB of them.
const maxMapNumbers = 1 << 28

// mapRows are what lies on a map, or is to be put on it.
type mapRows struct {
	source   string    // the table that they were read from
	columns  []string  // [L] names of the values; none of a map without codes
	values   []float32 // [N, L]
	raw      []float32 // [N, D] pixels, of --of pixels
	names    []string  // [N]
	labels   []string  // [N], "" for none
	places   []float32 // [N, 2] of a saved map, else nil
	placed   []bool    // [N] of a saved map: it was not among what the map was made of
	named    bool      // any has a name
	labelled bool      // any can have a label
	images   *thumbnails
}

func (r *mapRows) len() int {
	if r == nil {
		return 0
	}
	return len(r.names)
}

// width is L.
func (r *mapRows) width() int { return len(r.columns) }

// add appends a row.
func (r *mapRows) add(name, label string, values []float32) error {
	if len(r.values)+len(values) > maxMapNumbers {
		return fmt.Errorf("%s of %s are too many for a map: give fewer with -n", console.Count(r.len()+1, "row"), console.Count(len(values), "number"))
	}
	if len(r.values)+len(values) > cap(r.values) {
		if err := r.checkMemory(len(values)); err != nil {
			return err
		}
	}
	r.names, r.labels = append(r.names, name), append(r.labels, label)
	r.values = append(r.values, values...)
	return nil
}

// freeMemory is how much there is, in bytes.
var freeMemory = func() float64 { return memory.Available().Bytes }

// checkMemory refuses a row more, of l values, where there is no memory to let the rows grow.
func (r *mapRows) checkMemory(l int) error {
	const arena = 64 << 20 // what Go takes from the system at a time, on most
	growth := 1.25 * (4*float64(len(r.values)+l) + 32*float64(r.len()+1))
	if free := freeMemory(); growth+arena > free {
		return fmt.Errorf("%s need more memory than there is (%s): give fewer with -n", console.Count(r.len()+1, "row"), memory.Text(free))
	}
	return nil
}

// pick are some of the rows.
func (r *mapRows) pick(rows []int) *mapRows {
	l := r.width()
	p := &mapRows{columns: r.columns, named: r.named, labelled: r.labelled}
	for _, i := range rows {
		p.names, p.labels = append(p.names, r.names[i]), append(p.labels, r.labels[i])
		p.values = append(p.values, r.values[i*l:(i+1)*l]...)
		p.places = append(p.places, r.places[2*i:2*i+2]...)
	}
	return p
}

// mapLabels are the labels of all rows as numbers.
type mapLabels struct {
	names  []string // sorted
	number map[string]int
}

// findLabels numbers the labels in the order that a reader expects.
func (w *mapping) findLabels() mapLabels {
	var names []string
	known := map[string]int{}
	for _, rows := range []*mapRows{w.base, w.fresh} {
		if rows == nil {
			continue
		}
		for _, label := range rows.labels {
			if _, found := known[label]; label != "" && !found {
				known[label] = len(names)
				names = append(names, label)
			}
		}
	}
	sorted, place := sortedLabels(names)
	for label, n := range known {
		known[label] = place[n]
	}
	return mapLabels{sorted, known}
}

// of are the numbers [N] of the rows' labels, -1 for none; nil where there are none at all.
func (l mapLabels) of(rows *mapRows) []int {
	if len(l.names) == 0 || rows == nil {
		return nil
	}
	numbers := make([]int, rows.len())
	for i, label := range rows.labels {
		numbers[i] = -1
		if n, ok := l.number[label]; ok {
			numbers[i] = n
		}
	}
	return numbers
}

// takeSaved takes the map that was read as it is. Rows that were put on it do not belong to it.
func (w *mapping) takeSaved() error {
	for _, flag := range []string{"perplexity", "neighbors", "min-dist", "seed"} {
		if w.given(flag) {
			return usagef("--%s makes a new map, and %s is one already: give --method as well to make another of its codes, or leave --%s out", flag, w.base.source, flag)
		}
	}
	w.saved = true
	var own, late []int
	for i := range w.base.len() {
		if w.base.placed != nil && w.base.placed[i] {
			late = append(late, i)
		} else {
			own = append(own, i)
		}
	}
	if len(own) == 0 {
		return fmt.Errorf("%s: all rows were put on a map, and none is of the map itself: the column placed is 0 for those", w.base.source)
	}
	all := w.base
	w.base = all.pick(own)
	if len(late) > 0 {
		w.fresh = all.pick(late)
	}
	w.base.source = all.source
	w.laid = &embed.Map{Places: w.base.places, KL: math.NaN()}
	return nil
}

// concat appends other rows of the same width.
func (r *mapRows) concat(other *mapRows) {
	r.values, r.names = append(r.values, other.values...), append(r.names, other.names...)
	r.labels, r.places = append(r.labels, other.labels...), append(r.places, other.places...)
	r.named, r.labelled = r.named || other.named, r.labelled || other.labelled
}
