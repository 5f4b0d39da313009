package cli

import (
	"fmt"

	"vae/internal/console"
	"vae/internal/embed"
)

// mapMethod is a way to lay rows out in a plane.
type mapMethod string

// The methods.
const (
	mapTSNE mapMethod = "tsne"
	mapUMAP mapMethod = "umap"
	mapPCA  mapMethod = "pca"
	mapLDA  mapMethod = "lda"
)

var mapMethods = []mapMethod{mapTSNE, mapUMAP, mapPCA, mapLDA}

// maxMapNeighbors is how many neighbors of an image a map may look at.
const maxMapNeighbors = 3000

// name is what a person calls the method.
func (m mapMethod) name() string {
	return map[mapMethod]string{mapUMAP: "UMAP", mapTSNE: "t-SNE", mapPCA: "PCA", mapLDA: "LDA"}[m]
}

// layOut makes the map, unless it was read.
func (w *mapping) layOut() (err error) {
	if w.base.places != nil && !w.given("method") {
		return w.takeSaved()
	}
	x, l := w.mapped(w.base)
	if l == 0 {
		return usagef("--method makes a map of codes, and %s holds the places of one alone: leave it out", w.base.source)
	}
	bar := &mapBar{streams: w.streams, notes: w.notes}
	defer bar.end()
	switch w.method {
	case mapUMAP:
		w.laid, err = embed.UMAP{Neighbors: w.neighbors, MinDist: w.minDist, Seed: w.seed, Progress: bar.show}.Map(w.ctx, x, l)
	case mapTSNE:
		w.laid, err = embed.TSNE{Perplexity: w.perplexity, Seed: w.seed, Progress: bar.show}.Map(w.ctx, x, l)
	case mapPCA:
		w.laid, err = embed.PCA{}.Map(w.ctx, x, l)
	case mapLDA:
		w.laid, err = w.discriminants(x, l)
	default:
		return fmt.Errorf("map: unknown method %q", w.method)
	}
	return err
}

// mapped are the rows [N, l] that a map is made of.
func (w *mapping) mapped(rows *mapRows) (x []float32, l int) {
	if rows.raw != nil {
		return rows.raw, w.pixels.d
	}
	return rows.values, rows.width()
}

// discriminants is LDA's map.
func (w *mapping) discriminants(x []float32, l int) (*embed.Map, error) {
	labels := w.findLabels()
	if len(labels.names) < 2 {
		return nil, usagef("--method lda tells labels apart, and the images have %s: give a folder with a folder for each label, or use another method",
			map[bool]string{true: "none", false: "but one"}[len(labels.names) == 0])
	}
	return embed.LDA{Labels: labels.of(w.base)}.Map(w.ctx, x, l)
}

// title says what the map is of.
func (w *mapping) title() string {
	what := console.Count(w.base.len(), "image")
	switch {
	case w.of == mapPixels:
		what += " by pixels"
	case w.base.width() > 0:
		what += fmt.Sprintf(" by codes of %s", console.Count(w.base.width(), "latent"))
	}
	if w.saved {
		return "map of " + what
	}
	return fmt.Sprintf("%s of %s", w.method.name(), what)
}

// meaning says what is not to be read from the map.
func (w *mapping) meaning() string {
	switch {
	case w.saved: // by a method that it does not know
		return "what lies together is alike; of t-SNE and UMAP axes, sizes of groups and distances between them mean nothing"
	case w.method == mapPCA && w.base.width() <= 2:
		return ""
	case w.method == mapLDA:
		return "LDA shows the labels as far apart as it can: that they are apart is no finding"
	case w.method == mapPCA:
		return "images that lie together may differ in what the two axes do not show"
	}
	return "what lies together is alike; axes, the sizes of groups and the distances between them mean nothing"
}

// mapBar shows stage after stage.
type mapBar struct {
	streams console.Streams
	notes   console.Notes
	bar     *console.Bar
	stage   string
}

func (b *mapBar) show(stage string, done, of int) {
	if stage != b.stage {
		b.end()
		b.stage, b.bar = stage, console.NewBar(b.streams, b.notes)
	}
	b.bar.Show(console.Progress{Done: done, Of: of, Place: stage})
}

func (b *mapBar) end() { b.bar.Clear() }
