package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/embed"
)

// mapSource is what a map shows of images.
type mapSource string

// What a map may be of.
const (
	mapCodes  mapSource = "codes"
	mapPixels mapSource = "pixels"
)

var mapSources = []mapSource{mapCodes, mapPixels}

type mapOptions struct {
	inputs     inputOptions
	of         mapSource
	method     mapMethod
	perplexity float64
	neighbors  int
	minDist    float64
	seed       uint64
	thumbnails bool
	place      []string
	scale      int
	json       bool
	out        output
	given      func(flag string) bool
}

func newMap(s console.Streams) *cobra.Command {
	o := &mapOptions{of: mapCodes, method: mapTSNE, perplexity: embed.DefaultPerplexity, neighbors: embed.DefaultNeighbors, minDist: embed.DefaultMinDist, seed: 1, scale: 1}
	c := &cobra.Command{
		Use:   "map IMAGES... | CODES",
		Short: "Lay images out in a plane by their codes: t-SNE, UMAP, PCA, LDA",
		Long: `Lay images out in a plane so that those with similar codes lie together. The result
is a picture with a point for each, colored by label, or with the images themselves
(--thumbnails); or a table of places (CSV, NPY).

  tsne   keeps the most of each image's neighbors; some seconds for 10,000 images
  umap   keeps fewer, and draws groups farther apart; the faster for very many images
  pca    the two directions in which the codes differ most: a shadow, without bends
  lda    the two directions that tell the labels apart best; needs labels

How good the map is, is measured and printed: how many of an image's 15 nearest by
code are among its 15 nearest on the map, trustworthiness (what lies together is
alike) and continuity (what is alike lies together), both at most 1, and how often
the 10 nearest on the map have the image's label. Of t-SNE and UMAP neither axes nor
sizes nor distances between groups mean anything.

CODES is a table that vae encode wrote (CSV or NPY), or another of its form, "-" for
one on stdin; it needs no model. --of pixels maps the images as they are, without a
model: their first 50 principal components.

A map written as CSV can be read again: it holds the codes, too. Then --place puts
new images on it, as they come, each where its ten nearest codes lie; the model must
be the one of the map. Put on a map of pca or lda by the call that makes it, they lie
where its two directions lead. They are drawn over the others, with their names, and
the table has 1 in the column placed.

` + inputForms + ". " + inputRest + "\n\n" + labelHelp,
		Example: `  vae map mnist:test > map.png
  vae map photos/ --thumbnails -o map.svg
  vae map mnist:train --method umap -o map.csv
  vae map map.csv --place drawings/ -o map.png
  vae encode photos/ -o codes.npy && vae map codes.npy --method pca -o map.png
  vae map mnist:train --of pixels --json -o map.png`,
		Args: mapArguments,
		RunE: func(c *cobra.Command, args []string) error { return runMap(c.Context(), o, args, s) },
	}
	inputFlags(c, &o.inputs, "map so many images only")
	f := c.Flags()
	f.Var(&choice[mapMethod]{&o.method, mapMethods}, "method", "tsne, umap, pca or lda")
	complete(c, "method", config.Names(mapMethods))
	f.Var(&choice[mapSource]{&o.of, mapSources}, "of", "what is alike: codes, or pixels, for which no model is needed")
	complete(c, "of", config.Names(mapSources))
	floatFlag(f, &o.perplexity, "perplexity", "of t-SNE: about how many neighbors of an image count")
	intFlag(f, &o.neighbors, "neighbors", "", "of UMAP: how many neighbors of an image count, itself among them")
	floatFlag(f, &o.minDist, "min-dist", "of UMAP: how close points may come, 0 to 1")
	uintFlag(f, &o.seed, "seed", "", "seed of the map: the same seed gives the same map")
	f.BoolVar(&o.thumbnails, "thumbnails", false, "draw the images themselves, as many as there is room for")
	intFlag(f, &o.scale, "scale", "", "enlarge a PNG, 1 to 3 times")
	f.StringArrayVar(&o.place, "place", nil, "new `images`, or a table of their codes, to put on the map; may be given several times")
	explainEmpty(f, "place")
	f.BoolVar(&o.json, "json", false, "print the quality of the map as JSON; the map itself goes to -o, if there is one")
	outputFlags(c, &o.out, "png", "svg", "csv", "npy")
	o.out.single, o.out.plot, o.given = true, true, f.Changed
	return c
}

func mapArguments(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("nothing to map is given: name image files, folders, mnist:test, or a table of codes, - for one on stdin")
	case slices.Contains(args, ""):
		return usagef("an argument is empty: name image files, folders, mnist:test, or a table of codes")
	}
	return nil
}

// checkFlags refuses what makes no sense for any input.
func (o *mapOptions) checkFlags(ctx context.Context, args []string, s console.Streams) error {
	switch {
	case !(o.perplexity >= 1 && o.perplexity <= maxMapNeighbors/3):
		return usagef("--perplexity %v: must be from 1 to %d", o.perplexity, maxMapNeighbors/3)
	case o.neighbors < 2 || o.neighbors > maxMapNeighbors:
		return usagef("--neighbors %d: must be from 2 to %s", o.neighbors, console.Comma(maxMapNeighbors))
	case !(o.minDist >= 0 && o.minDist <= 1):
		return usagef("--min-dist %v: must be from 0 to 1", o.minDist)
	case slices.Contains(o.place, ""):
		return usagef("--place is empty: name files or folders, or leave it out")
	case twice(slices.Concat(args, o.place), "-"):
		return usagef("- is given twice: stdin is one table of codes")
	}
	if err := checkScale(o.scale); err != nil {
		return err
	}
	if err := o.checkIdle(); err != nil {
		return err
	}
	if err := o.checkOutput(s); err != nil {
		return err
	}
	if err := spared(ctx, slices.Concat(args, o.place), &o.out); err != nil || o.out.path == "" {
		return err
	}
	return sparesRuns("-o", o.out.path) // of a table of codes no model does it
}

// checkIdle refuses options that another choice leaves without effect.
func (o *mapOptions) checkIdle() error {
	for _, only := range []struct {
		flag   string
		method []mapMethod
	}{{"perplexity", []mapMethod{mapTSNE}}, {"neighbors", []mapMethod{mapUMAP}}, {"min-dist", []mapMethod{mapUMAP}}, {"seed", []mapMethod{mapTSNE, mapUMAP}}} {
		if o.given(only.flag) && !slices.Contains(only.method, o.method) {
			return usagef("--%s has no effect on --method %s: leave it out, or use --method %s", only.flag, o.method, strings.Join(config.Names(only.method), " or "))
		}
	}
	for _, flag := range []string{"model", "label"} {
		if o.given(flag) && o.of == mapPixels {
			return usagef("--%s has no effect with --of pixels, for which no model is used: leave it out", flag)
		}
	}
	return nil
}

// checkOutput settles where map and figures go.
func (o *mapOptions) checkOutput(s console.Streams) error {
	if o.json && (o.out.path == "" || o.out.path == "-") {
		if o.given("format") || o.out.path == "-" {
			return usagef("--json goes to stdout, where the map would be too: name a file for it with -o, or leave --json out")
		}
		o.out.path, o.out.format = "", "json"
		return nil
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	if o.thumbnails && !o.picture() {
		return usagef("--thumbnails is for a picture: use --format png or svg, or leave it out")
	}
	return nil
}

// picture tells whether the map is drawn.
func (o *mapOptions) picture() bool { return o.out.format == "png" || o.out.format == "svg" }

func runMap(ctx context.Context, o *mapOptions, args []string, s console.Streams) error {
	if err := o.checkFlags(ctx, args, s); err != nil {
		return err
	}
	w := &mapping{mapOptions: o, ctx: ctx, streams: s, notes: console.Notes{W: s.Err, Quiet: o.inputs.quiet}}
	for _, step := range []func() error{
		func() error { return w.read(args) }, w.layOut, w.placeNew, w.measure, w.write,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	if w.bad > 0 {
		return console.PartialError{Bad: w.bad, Done: w.base.len() + w.fresh.len()}
	}
	return nil
}

// mapping is one call of the command at work.
type mapping struct {
	*mapOptions
	ctx     context.Context
	streams console.Streams
	notes   console.Notes
	model   *loaded     // nil where none is needed
	pixels  *pixelBasis // of --of pixels
	base    *mapRows    // what the map is made of
	fresh   *mapRows    // what is put on it
	saved   bool        // the map was read, not made
	laid    *embed.Map  // of base
	quality *embed.Quality
	labels  mapLabels
	bad     int // inputs
}

// measure finds how good the map is, and says so.
func (w *mapping) measure() (err error) {
	w.labels = w.findLabels()
	if w.base.width() > 0 {
		bar := &mapBar{streams: w.streams, notes: w.notes}
		w.quality, err = embed.Measure(w.ctx, w.base.values, w.base.width(), w.laid, w.labels.of(w.base), bar.show)
		bar.end()
		if err != nil {
			return err
		}
	}
	for _, note := range w.laid.Notes {
		w.notes.Printf("note: %s\n", note)
	}
	if !w.json {
		w.notes.Printf("%s: %s\n", w.title(), w.figures())
	}
	if text := w.meaning(); text != "" {
		w.notes.Printf("note: %s\n", text)
	}
	return nil
}

// figures are the quality in words; what cannot be measured is left out.
func (w *mapping) figures() string {
	if w.quality == nil {
		return "its quality cannot be told without codes"
	}
	q := w.quality
	var parts []string
	add := func(value float64, text string) {
		if !math.IsNaN(value) {
			parts = append(parts, text)
		}
	}
	add(q.Recall, fmt.Sprintf("%.1f %% of %s kept", 100*q.Recall, console.Count(q.K, "neighbor")))
	add(q.Trustworthiness, "trustworthiness "+console.Fixed(q.Trustworthiness, 3))
	add(q.Continuity, "continuity "+console.Fixed(q.Continuity, 3))
	add(q.Labels, fmt.Sprintf("%.1f %% of labels right by %s", 100*q.Labels, console.Count(q.LabelK, "neighbor")))
	add(w.laid.KL, "KL "+console.Fixed(w.laid.KL, 3))
	if len(parts) == 0 {
		return "too few images to measure it"
	}
	return strings.Join(parts, ", ")
}
