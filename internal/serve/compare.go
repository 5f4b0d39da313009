package serve

import (
	"context"
	"net/http"
	"strings"

	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/knn"
)

const (
	// mostCompared bounds the images that a model is measured on for a comparison.
	mostCompared = 10_000
	// sharedOf is of how many nearest images it is counted how many two models have in common,
	// sharedImages for how many images at most, and sharedWork bounds those by images times latents.
	sharedOf     = 10
	sharedImages = 1000
	sharedWork   = 1e10
	sharedName   = "neighbors shared"
)

// comparedRow is a line of a comparison: a setting in which two runs differ, or a measure.
type comparedRow struct {
	Measure string `json:"measure"`
	Left    string `json:"left"` // of the run that is asked, as the command writes it; "" where the measure does not apply
	Right   string `json:"right"`
	Better  string `json:"better,omitempty"`  // left or right, where one is
	Setting bool   `json:"setting,omitempty"` // it is one, not a measure
}

// compare measures two runs, with=M the other one, on the images that they show, each n/10,000-th of more than 10,000: the settings in which they
// differ, then the measures of the command that compares, by its names and with its figures, then how many of their 10 nearest
// images by code both models agree on, in the mean over a sample of images, where both show the same. Which is better is told of the same images alone.
// Left out are the likelihood L_k and its bits per dimension, of a hundred draws an image, which take as many times what all the
// others take (that of PCA, which is exact, is there), and the linear probe and the 5 neighbors, which learn from the codes of the training images: the page has none.
func (s *Server) compare(q *http.Request) (reply, error) {
	left, err := s.run(q)
	if err != nil {
		return reply{}, err
	}
	other, err := number(q, "with", -1, 0, len(s.runs)-1)
	if err != nil {
		return reply{}, err
	}
	if other < 0 {
		return reply{}, faultf(http.StatusBadRequest, "with= is missing: the number of the other run")
	}
	rows, err := left.now().compared(q.Context(), s.runs[other].now())
	if err != nil {
		return reply{}, err
	}
	return jsonReply(rows)
}

// compared are the lines of a comparison.
func (s *state) compared(ctx context.Context, other *state) ([]comparedRow, error) {
	a, err := s.measured(ctx)
	if err != nil {
		return nil, err
	}
	b, err := other.measured(ctx)
	if err != nil {
		return nil, err
	}
	same, err := s.sameImages(ctx, other)
	if err != nil {
		return nil, err
	}
	rows := s.settingsBeside(other)
	for _, f := range evaluate.Compared {
		row := comparedRow{Measure: f.Name, Left: strings.TrimSpace(f.Cell(a)), Right: strings.TrimSpace(f.Cell(b))}
		if row.Left == "" && row.Right == "" {
			continue
		}
		if same {
			row.Better = map[int]string{-1: "left", 1: "right"}[f.Better(a, b)]
		}
		rows = append(rows, row)
	}
	if !same || s.split.Len() <= sharedOf {
		return rows, nil
	}
	part, err := took(ctx, s.run.light, func() (float64, error) { return shared(ctx, s.codes, other.codes) })
	text := evaluate.Percent(part)
	return append(rows, comparedRow{Measure: sharedName, Left: text, Right: text}), err
}

// settingsBeside are the settings in which two models differ.
func (s *state) settingsBeside(other *state) []comparedRow {
	rows := []comparedRow{}
	others := other.saved.Config.Settings()
	for k, setting := range s.saved.Config.Settings() {
		if setting != others[k] && setting.Path != "model.classes" { // conditional says it in a word
			rows = append(rows, comparedRow{Measure: setting.Path, Left: setting.Value, Right: others[k].Value, Setting: true})
		}
	}
	return rows
}

// measured is what a comparison needs of the model, which is measured once, as long as somebody waits for it.
func (s *state) measured(ctx context.Context) (evaluate.Measured, error) {
	return s.figures.get(ctx, s.ctx, func(ctx context.Context) (evaluate.Measured, error) {
		split := someOf(s.split, mostCompared)
		r, err := evaluate.Measure(ctx, s.model, split, dataset.Split{}, evaluate.Options{Space: true, Seed: 1})
		if err != nil {
			return evaluate.Measured{}, err
		}
		term, grey := evaluate.TermOf(s.model, evaluate.BlackAndWhite(split))
		return evaluate.Measured{Report: r, Split: s.run.source.Split, Epoch: s.saved.Info.Epoch, Variational: s.model.Variational(), Term: term, Grey: grey, Beta: s.model.Config().Beta}, nil
	})
}

// someOf are the images of a split, or so many of them at even distances.
func someOf(split dataset.Split, most int) dataset.Split {
	if split.Len() <= most {
		return split
	}
	some := split
	some.Index = make([]int, most)
	for k, i := range evenly(split.Len(), most) {
		some.Index[k] = split.Index[i]
	}
	return some
}

// sameImages tells whether two runs show the same images, in the same order.
func (s *state) sameImages(ctx context.Context, other *state) (bool, error) {
	if s.split.Len() != other.split.Len() || s.model.Shape() != other.model.Shape() {
		return false, nil
	}
	a, err := s.run.pixels.get(ctx, s.run.ctx, s.digestOfPixels)
	if err != nil {
		return false, err
	}
	b, err := other.run.pixels.get(ctx, other.run.ctx, other.digestOfPixels)
	return a == b, err
}

// shared is the mean part of the nearest images of an image that two codes of the same images have in common.
func shared(ctx context.Context, a, b *infer.Codes) (float64, error) {
	n := len(a.Mu) / a.Latent
	sample := max(min(n, sharedImages, int(sharedWork/float64(n)/float64(a.Latent+b.Latent))), 1)
	images := evenly(n, sample)
	first, err := neighborsOf(ctx, a, images)
	if err != nil {
		return 0, err
	}
	second, err := neighborsOf(ctx, b, images)
	if err != nil {
		return 0, err
	}
	count := 0
	for i, near := range first {
		for image := range near {
			if second[i][image] {
				count++
			}
		}
	}
	return float64(count) / float64(sharedOf*sample), nil
}

// neighborsOf are the nearest other images of some by their codes.
func neighborsOf(ctx context.Context, c *infer.Codes, images []int) ([]map[int]bool, error) {
	query := make([]float32, 0, len(images)*c.Latent)
	for _, i := range images {
		query = append(query, c.Mu[i*c.Latent:(i+1)*c.Latent]...)
	}
	const k = sharedOf + 1 // itself among them
	index, _, err := knn.Nearest(ctx, query, c.Mu, c.Latent, k)
	if err != nil {
		return nil, err
	}
	all := make([]map[int]bool, len(images))
	for i, image := range images {
		all[i] = map[int]bool{}
		for _, other := range index[i*k : (i+1)*k] {
			if other != image && len(all[i]) < sharedOf {
				all[i][other] = true
			}
		}
	}
	return all, nil
}
