package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/rng"
	"vae/internal/walk"
)

// interpolating is one call of the command at work.
type interpolating struct {
	*interpolateOptions
	*reader // of --among
	ctx     context.Context
	ends    []pathEnd // two, or four corners
	center  []float32 // [L] what a spherical path turns round
}

// pathEnd is an end of a path: a code, and the image that it is of.
type pathEnd struct {
	name  string
	image []float32 // [D]; nil for a draw from the prior
	code  []float32 // [L]
	class int       // of a conditional model; else -1
}

// begin reads and encodes the images, or draws codes from the prior.
func (w *interpolating) begin(args []string, s console.Streams) (err error) {
	space, err := walk.NewSpace(w.model.Model, w.model.saved.Latents)
	if err != nil {
		return fmt.Errorf("%s: %w", w.model.file, err)
	}
	w.center = space.Mean()
	if len(args) == 0 {
		return w.drawEnds()
	}
	for _, arg := range args {
		item, err := w.readOne(w.ctx, arg, "one to walk from or to", w.negate, s)
		if err != nil {
			return err
		}
		class, err := w.classOf(item)
		if err != nil {
			return err
		}
		code, err := w.encodeOne(item, class)
		if err != nil {
			return err
		}
		w.remarkInverted(item, "invert", w.negate)
		end := pathEnd{name: item.Name, image: floatsOf(item), code: slices.Clone(code), class: append(class, -1)[0]}
		w.ends = append(w.ends, end)
	}
	return nil
}

// drawEnds draws two codes from the prior.
func (w *interpolating) drawEnds() error {
	class := -1
	if w.labels.index != nil {
		if class = w.labels.named; class < 0 {
			return usagef("%s is a conditional model: name the class to draw with --label (%s)", w.model.file, console.Listed(w.model.known()))
		}
	}
	seed, err := w.seed.resolve()
	if err != nil {
		return err
	}
	latents, err := infer.NewLatents(w.model.Model, 2)
	if err != nil {
		return fmt.Errorf("%s: %w", w.model.file, err)
	}
	noise := latents.Noise()
	for level, dst := range noise {
		rng.Normal(dst, rng.Stream(seed, "ends of a path", uint64(level)))
	}
	if err := latents.Draw(noise); err != nil {
		return err
	}
	for i, code := range each(noise[0], w.model.Latent()) {
		w.ends = append(w.ends, pathEnd{name: fmt.Sprintf("draw %d", i+1), code: code, class: class})
	}
	return nil
}

// course is a way through the latent space: n points of it, and the labels there.
type course func(n int) (points, mix walk.Path)

// between is the course of the straight or the spherical way between two ends.
func (w *interpolating) between(kind pathKind, a, b pathEnd) course {
	return func(n int) (points, mix walk.Path) {
		return w.line(kind)(a.code, b.code, n), w.mixed(a.class, b.class, n)
	}
}

// line is the straight or the spherical way between two codes. Between equal ones nothing moves,
// not by a rounding either.
func (w *interpolating) line(kind pathKind) walk.Between {
	return func(a, b []float32, n int) walk.Path {
		switch {
		case slices.Equal(a, b):
			return walk.Path{Latent: len(a), Z: slices.Repeat(a, n)}
		case kind == sphericalPath:
			return walk.Spherical(a, b, w.center, n)
		}
		return walk.Line(a, b, n)
	}
}

// mixed is the way from one class to another; none for a model that is not conditional.
func (w *interpolating) mixed(a, b, n int) walk.Path {
	if a < 0 {
		return walk.Path{}
	}
	return walk.Line(w.model.oneHot(a), w.model.oneHot(b), n)
}

// graph finds the way along the codes of --among.
func (w *interpolating) graph(s console.Streams) (course, error) {
	a, b := w.ends[0], w.ends[1]
	if err := w.start(w.ctx, w.among, s); err != nil {
		return nil, err
	}
	defer w.stream.Close()
	var items []dataset.Item // without pixels
	codes, err := w.encodeEach(w.ctx, func(item dataset.Item) {
		item.Pixels = dataset.Pixels{}
		items = append(items, item)
	})
	if err != nil {
		return nil, err
	}
	all := slices.Concat(codes.Mu, a.code, b.code)
	last := len(items) + 1
	bar := console.NewBar(s, w.notes)
	rows, used, err := walk.Route(w.ctx, all, codes.Latent, w.neighbors, last-1, last, func(done, of int) {
		bar.Show(console.Progress{Done: done, Of: of, Place: "neighbors"})
	})
	bar.Clear()
	if err != nil {
		return nil, err
	}
	if rows == nil {
		return nil, fmt.Errorf("no way leads from %s to %s along %s, even by %d neighbors of each: name images that lie between with --among, or take --path spherical",
			a.name, b.name, console.Count(len(items), "image"), used)
	}
	w.tellRoute(rows[1:len(rows)-1], items, used)
	points := walk.Rows(all, codes.Latent, rows)
	mix := w.routeMix(rows, items)
	return func(n int) (walk.Path, walk.Path) {
		places := points.Even(n)
		if mix.Latent == 0 {
			return points.Among(places), mix
		}
		return points.Among(places), mix.Among(places)
	}, nil
}

// maxPassed is how many of the images on a way are named.
const maxPassed = 40

// tellRoute names the images that are passed.
func (w *interpolating) tellRoute(rows []int, items []dataset.Item, used int) {
	if used > w.neighbors {
		w.notes.Printf("the ends are not joined by %s of each code: %d are taken\n", console.Count(w.neighbors, "neighbor"), used)
	}
	if len(rows) == 0 {
		w.notes.Printf("the two codes are neighbors: the way passes no image between\n")
		return
	}
	w.notes.Printf("the way passes %s:\n", console.Count(len(rows), "image"))
	for i, row := range rows {
		if i == maxPassed {
			w.notes.Printf("  and %s more\n", console.Comma(len(rows)-i))
			break
		}
		w.notes.Printf("  %s\n", items[row].Name)
	}
}

// routeMix are the labels of the codes that are passed [N,C], of a conditional model.
func (w *interpolating) routeMix(rows []int, items []dataset.Item) walk.Path {
	if w.labels.index == nil {
		return walk.Path{}
	}
	mix := walk.Path{Latent: len(w.model.Classes())}
	for _, row := range rows {
		class := 0
		if row < len(items) {
			class, _ = w.labels.of(items[row]) // which was checked when it was read
		} else {
			class = w.ends[row-len(items)].class
		}
		mix.Z = append(mix.Z, w.model.oneHot(class)...)
	}
	return mix
}

// oneHot are the weights of the classes [C] of which one is all.
func (m *loaded) oneHot(class int) []float32 {
	weights := make([]float32, len(m.Classes()))
	weights[class] = 1
	return weights
}

// decode decodes points, and says what is wrong with the model.
func (r *reader) decode(ctx context.Context, points, mix walk.Path) ([]float32, error) {
	images, err := walk.DecodeMixed(ctx, r.model.Model, points, mix)
	if errors.Is(err, infer.ErrNotFinite) {
		err = fmt.Errorf("%s: %w", r.model.file, err)
	}
	return images, err
}

// continuity measures a course as evaluate measures straight lines.
func (w *interpolating) continuity(c course) (float64, error) {
	points, mix := c(walk.MeasuredSteps + 1)
	images, err := w.decode(w.ctx, points, mix)
	if err != nil {
		return 0, err
	}
	return walk.Evenness(images, w.model.Shape().Pixels()), nil
}
