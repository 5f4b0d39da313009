package cli

import (
	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
)

// scored is an image and its scores.
type scored struct {
	dataset.Item
	percentile      float64 // NaN for none
	values          []float32
	original, image []float32 // for a picture
}

// each hands every image that is wanted to use: all in their order, or the top ones by rank.
func (w *scoring) each(use func(scored) error) error {
	if w.top == 0 {
		return w.all(use)
	}
	ranked, err := w.rank()
	if err != nil {
		return err
	}
	for _, n := range ranked.Found() {
		if err := use(n.Item); err != nil {
			return err
		}
	}
	return nil
}

// all scores every image, and hands those at or above the threshold to use.
func (w *scoring) all(use func(scored) error) error {
	for {
		batch := w.batch()
		if len(batch) == 0 {
			return w.finishScores()
		}
		split := splitOf(batch, w.labels.ofAll(batch), w.model)
		w.grey = w.grey || !evaluate.BlackAndWhite(split)
		scores, err := w.scorer.ScoreNumbered(w.ctx, split, itemNumbers(batch))
		if err != nil {
			return err
		}
		for i, score := range scores {
			one := scored{Item: batch[i], values: narrowed(score.Values), original: score.Original, image: score.Image}
			if err := w.model.finite(one.Name, one.values, one.image...); err != nil {
				return err
			}
			if len(w.anomaly) > 0 {
				w.apart.add(one.Label, score.Values)
			}
			one.percentile = w.standing.of(score.Values[w.ranking])
			if w.bar.given && !w.bar.reached(score.Values[w.ranking], one.percentile) {
				continue
			}
			w.found++
			if err := use(one); err != nil {
				return err
			}
		}
	}
}

// finishScores ends the reading of the inputs.
func (w *scoring) finishScores() error {
	if err := w.finish(w.ctx); err != nil {
		return err
	}
	facts := w.model.Likelihood().Facts()
	if w.grey && facts.GreyTerm != "" && w.model.Variational() {
		w.notes.Printf("note: the images are grey, and their cross-entropy no likelihood: loss and bound tell images apart, and are no bounds of log p(x)\n")
	}
	if w.grey && w.model.saved.Config.Data.Binarize == config.Static && len(w.reference) == 0 {
		w.notes.Printf("note: %s was trained on black and white pixels, and grey images have other scores: name some with --reference\n", w.model.file)
	}
	return w.apart.check(w.anomaly)
}

// splitOf are images of a stream as a split, with their classes where the model is conditional.
func splitOf(items []dataset.Item, classes []int, m *loaded) dataset.Split {
	set := dataset.NewSet(m.Shape(), pixelsOf(items))
	set.Labels, set.Classes = classes, m.Classes()
	return dataset.Split{Set: set, Index: dataset.Between(0, len(items))}
}

// itemNumbers are those by which images have their draws.
func itemNumbers(items []dataset.Item) []int {
	numbers := make([]int, len(items))
	for i, item := range items {
		numbers[i] = int(item.Number)
	}
	return numbers
}

func narrowed(values []float64) []float32 {
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	return narrow
}
