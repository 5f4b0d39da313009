package run

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// Scores are what a model scores its training images by: of each score its quantiles, the values
// that so many percent of a sample of them do not exceed.
type Scores struct {
	Images    int                  `json:"images"`    // in the sample
	Percent   []float64            `json:"percent"`   // rising, 0 to 100
	Quantiles map[string][]float64 `json:"quantiles"` // of each score, by its name; as many as Percent, rising
}

// maxQuantiles is the most quantiles that are read of a score.
const maxQuantiles = 10_000

// check refuses what no sample of scores has.
func (s *Scores) check() error {
	rising := func(values []float64) bool {
		return slices.IsSorted(values) && !slices.ContainsFunc(values, func(v float64) bool { return !finite(v) })
	}
	switch n := len(s.Percent); {
	case s.Images < 1:
		return errors.New("not of any image")
	case n < 1 || n > maxQuantiles || !rising(s.Percent) || s.Percent[0] < 0 || s.Percent[n-1] > 100:
		return errors.New("its percents do not rise from 0 to 100")
	}
	for _, values := range s.Quantiles {
		if len(values) != len(s.Percent) || !rising(values) {
			return errors.New("its quantiles do not rise, or are not as many as its percents")
		}
	}
	return nil
}

func (s *Scores) encode() (string, error) {
	if err := s.check(); err != nil {
		return "", errors.New("scores of the training images: " + err.Error())
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// scores reads the scores of the training images; nil of a model that has none.
func (r *metadataReader) scores() *Scores {
	text, ok := r.values[keyScores]
	if !ok {
		return nil
	}
	var s Scores
	dec := json.NewDecoder(strings.NewReader(text))
	err := dec.Decode(&s)
	if _, end := dec.Token(); err != nil || end != io.EOF {
		r.fail(keyScores, "not a JSON object of scores")
		return nil
	}
	if err := s.check(); err != nil {
		r.fail(keyScores, err.Error())
	}
	return &s
}
