package cli

import (
	"fmt"
	"io"
	"slices"

	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/render"
)

// eachLabel, as the value of --label, stands for all classes.
const eachLabel = "each"

// classSamples is how many images of each class there are unless -n says.
const classSamples = 10

// plan decides how many images of which class are drawn, and their places.
func (o *sampleOptions) plan(m *loaded, s console.Streams) (*sampling, error) {
	d := &sampling{sampleOptions: o, model: m, grid: o.out.grid.grid(m.Shape(), s), total: o.n}
	if err := o.label.checkConditional(m); err != nil {
		return nil, err
	}
	known := m.known()
	switch {
	case len(m.Classes()) == 0:
	case len(known) == 0:
		return nil, fmt.Errorf("%s: is damaged: it has seen none of its classes in training", m.file)
	case o.label.given() && o.label.name == eachLabel:
		if err := d.planEach(s); err != nil {
			return nil, err
		}
	case o.label.given():
		class, err := o.label.class(m)
		if err != nil {
			return nil, err
		}
		d.plan = func(uint64) infer.Plan { return infer.OfClass(class) }
	default:
		d.note = "labels by chance, of " + console.Listed(known) + "; --label NAME or --label each chooses"
		d.plan = func(seed uint64) infer.Plan { return infer.AnyClass(seed, len(known)).Of(m.indices(known)) }
	}
	if o.out.picture() {
		if err := d.grid.Validate(d.total); err != nil {
			return nil, console.Usage(err)
		}
	}
	return d, nil
}

// indices are the numbers of classes.
func (m *loaded) indices(classes []string) []int {
	indices := make([]int, len(classes))
	for i, name := range classes {
		indices[i] = slices.Index(m.Classes(), name)
	}
	return indices
}

// planEach gives each class a row.
func (d *sampling) planEach(s console.Streams) error {
	known := d.model.known()
	classes, n := len(known), d.n
	if !d.counted() {
		n = classSamples
	}
	if n*classes > maxSamples {
		return usagef("-n %d of each of %s classes are more than %s images: lower -n", n, console.Comma(classes), console.Comma(maxSamples))
	}
	if d.out.flags.Changed("columns") {
		return usagef("--columns has no effect with --label each, which makes a row of each class: say with -n how long")
	}
	d.note = "rows from the top: " + console.Listed(known)
	if d.out.preview(s) {
		columns, rows := s.Size()
		if fit := d.grid.PreviewColumns(n*classes, columns, rows); fit < n {
			d.note += fmt.Sprintf("; the first %d of %s of each", fit, console.Count(n, "image"))
			n = fit
		}
	}
	if !d.out.picture() {
		d.note = ""
	}
	d.grid.Columns, d.total = n, n*classes
	d.plan = func(uint64) infer.Plan { return infer.EachClass(n, classes).Of(d.model.indices(known)) }
	return nil
}

// writeImages writes each sample to a file of its own, those of a conditional model
// in a folder a class.
func (d *sampling) writeImages() error {
	shape, folder := d.model.Shape(), d.out.images()
	defer folder.Close()
	return d.each(func(pixels []float32) error {
		name := fmt.Sprintf("%05d.png", d.drawn-1)
		if d.labels != nil {
			name = d.label() + "/" + name
		}
		return folder.Write(name, func(w io.Writer) error {
			return render.PNG(w, shape.Width, shape.Height, shape.Channels, pixels)
		})
	})
}
