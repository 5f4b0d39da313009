package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// Progress is what a state knows besides weights and moments: of the epoch under
// way, 0 between two epochs; of the layer that is being pretrained; and the baseline.
type Progress struct {
	Images      int     `json:"images,omitzero"`  // done in the epoch
	Seconds     float64 `json:"seconds,omitzero"` // of the epoch's training so far
	Terms               // sums over the images done
	LogvarBelow int     `json:"logvar_below,omitzero"` // values met below their safe range, and
	LogvarAbove int     `json:"logvar_above,omitzero"` // above it
	Baseline    float64 `json:"baseline,omitzero"`     // the average baseline of the score function, nats
	Skipped     int     `json:"skipped,omitzero"`      // steps of the epoch that were left out
	SkippedEver int     `json:"skipped_ever,omitzero"` // and of the training
	Unmeasured  int     `json:"unmeasured,omitzero"`   // images done in the epoch that are in none of the sums
	Layer       int     `json:"layer,omitzero"`        // that is pretrained, counted from 1; 0 before and after pretraining
	LayerEpoch  int     `json:"layer_epoch,omitzero"`  // epochs of its pretraining that are done
	LayerStep   int     `json:"layer_step,omitzero"`   // steps of its pretraining that are done
}

// check refuses what no training leaves behind.
func (p Progress) check() error {
	for _, n := range []int{p.Images, p.LogvarBelow, p.LogvarAbove, p.Skipped, p.SkippedEver, p.Unmeasured, p.Layer, p.LayerEpoch, p.LayerStep} {
		if n < 0 {
			return errors.New("a count in it is negative")
		}
	}
	for _, v := range []float64{p.Seconds, p.Loss, p.Reconstruction, p.KL, p.Activation, p.Baseline} {
		if !finite(v) {
			return errors.New("a number in it is not finite")
		}
	}
	if p.Seconds < 0 || math.Signbit(p.Activation) {
		return errors.New("a number in it is negative")
	}
	return nil
}

// encode returns a JSON object; its numbers read back exactly.
func (p Progress) encode() (string, error) {
	if err := p.check(); err != nil {
		return "", fmt.Errorf("%s: %w", keyProgress, err)
	}
	text, err := json.Marshal(p)
	return string(text), err
}

func decodeProgress(text string) (p Progress, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return Progress{}, errors.New("not a JSON object of the numbers that belong there")
	}
	if _, err := dec.Token(); err != io.EOF {
		return Progress{}, errors.New("not a JSON object alone")
	}
	return p, p.check()
}
