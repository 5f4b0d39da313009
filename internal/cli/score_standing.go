package cli

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/run"
	"vae/internal/stats"
)

// standing tells where a score stands among those of other images.
type standing struct{ among *stats.Quantiles } // nil where they are not known

// of is the percentile of a score; NaN where there is none.
func (s standing) of(score float64) float64 {
	if s.among == nil {
		return math.NaN()
	}
	return s.among.Of(score)
}

// findStanding finds the scores that the percentile is by: those of --reference, those that the
// model keeps of its training images, or those of its training images themselves.
func (w *scoring) findStanding() error {
	name := w.names[w.ranking]
	if len(w.reference) > 0 {
		return w.scoreReference()
	}
	kept := w.model.saved.Scores
	if kept == nil || kept.Quantiles[name] == nil {
		var err error
		if kept, err = w.scoreTraining(); err != nil {
			return err
		}
	}
	if kept != nil {
		w.standing.among = &stats.Quantiles{Percent: kept.Percent, Value: kept.Quantiles[name]}
	}
	if kept == nil && w.bar.percent {
		return fmt.Errorf("--threshold %s: without scores of other images there are no percentiles: name images with --reference, or give a score", w.bar.text)
	}
	return nil
}

// scoreReference scores the images that --reference names.
func (w *scoring) scoreReference() error {
	r := &reader{options: w.reader.options, model: w.model, labels: w.labels, notes: w.notes}
	if err := r.start(w.ctx, w.reference, w.streams); err != nil {
		return err
	}
	defer r.stream.Close()
	var values []float64
	for {
		batch := r.batch()
		if len(batch) == 0 {
			break
		}
		scores, err := w.scorer.ScoreNumbered(w.ctx, splitOf(batch, r.labels.ofAll(batch), r.model), itemNumbers(batch))
		if err != nil {
			return err
		}
		for i, score := range scores {
			if err := r.model.finite(batch[i].Name, narrowed(score.Values)); err != nil {
				return err
			}
			values = append(values, score.Values[w.ranking])
		}
	}
	if err := r.finish(w.ctx); err != nil {
		return fmt.Errorf("--reference: %w", err)
	}
	w.bad += r.bad
	w.notes.Printf("percentiles among %s of --reference\n", console.Count(len(values), "image"))
	all := stats.QuantilesOf(values)
	w.standing.among = &all
	return nil
}

// scoreTraining scores training images of the model, as its training would have; nil, with a
// note, where they are not to be had.
func (w *scoring) scoreTraining() (*run.Scores, error) {
	m, seed := w.model, w.model.saved.Info.Seed
	data, err := dataset.Reload(m.cachedData(), seed, w.inputs.maxPixels, m.keeping(w.ctx))
	if err == nil && data.SHA256 != m.saved.Info.DatasetSHA256 {
		err = fmt.Errorf("%s: other images than the training's", data.Name)
	}
	var scores *run.Scores
	if err == nil {
		scores, err = scoreSample(w.ctx, m, w.samples, seed, data.Train)
	}
	switch {
	case w.ctx.Err() != nil:
		return nil, w.ctx.Err()
	case err != nil || scores == nil:
		if err == nil {
			err = fmt.Errorf("%s: the scores of its training images are no finite numbers", m.file)
		}
		w.notes.Printf("note: no percentiles, as training images cannot be scored (%s); --reference names other images\n", console.OneLine(worded(err.Error())))
		return nil, nil
	}
	w.notes.Printf("percentiles among %s of the training, scored now\n", console.Count(scores.Images, "image"))
	return scores, nil
}

func scoreSample(ctx context.Context, m *loaded, samples int, seed uint64, train dataset.Split) (*run.Scores, error) {
	scorer, err := evaluate.NewTrainingScorer(m.Model, samples, 0, seed)
	if err != nil {
		return nil, err
	}
	return scorer.Sketch(ctx, train)
}

// threshold is what --threshold says.
type threshold struct {
	given   bool
	percent bool // a percentile, and not a score
	value   float64
	text    string
}

func parseThreshold(text string) (threshold, error) {
	number, percent := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	switch {
	case text == "":
		return threshold{}, nil
	case err != nil || math.IsNaN(v) || math.IsInf(v, 0):
		return threshold{}, usagef("--threshold %q: must be a percentile, such as 99.5%%, or a score, such as 120", console.Brief(text))
	case percent && (v < 0 || v > 100):
		return threshold{}, usagef("--threshold %q: a percentile is from 0%% to 100%%", console.Brief(text))
	}
	return threshold{true, percent, v, strings.TrimSpace(text)}, nil
}

// barText is the threshold with the score that it stands for.
func (w *scoring) barText() string {
	if w.bar.percent {
		return fmt.Sprintf("%s, %s %.6g", w.bar.text, w.names[w.ranking], w.standing.among.At(w.bar.value))
	}
	return fmt.Sprintf("%s %s", w.names[w.ranking], w.bar.text)
}

// reached tells whether a score is at or above the threshold.
func (t threshold) reached(score, percentile float64) bool {
	if t.percent {
		return percentile >= t.value
	}
	return score >= t.value
}

// separation tells how well scores tell images of some labels from others.
type separation struct {
	labels []string    // of each image
	values [][]float64 // its scores
}

// add takes an image.
func (s *separation) add(label string, values []float64) {
	s.labels, s.values = append(s.labels, label), append(s.values, values)
}

// check refuses labels that no image has, and such that all have.
func (s *separation) check(anomaly []string) error {
	if len(anomaly) == 0 {
		return nil
	}
	there := slices.Compact(slices.Sorted(slices.Values(s.labels)))
	for _, label := range anomaly {
		if !slices.Contains(there, label) {
			return fmt.Errorf("--anomaly %q: no image has this label; they have %s", console.Brief(label), console.Listed(there))
		}
	}
	if !slices.ContainsFunc(s.labels, func(label string) bool { return !slices.Contains(anomaly, label) }) {
		return fmt.Errorf("--anomaly: all images have the label %s: there are no others to tell them from", console.Listed(anomaly))
	}
	return nil
}

// area is AUROC by score i: the probability that one of the images with the labels has a higher
// score than one of the others.
func (s *separation) area(anomaly []string, i int) float64 {
	var above, below []float64
	for j, label := range s.labels {
		if slices.Contains(anomaly, label) {
			above = append(above, s.values[j][i])
		} else {
			below = append(below, s.values[j][i])
		}
	}
	return stats.AUROC(above, below)
}
