package evaluate

import (
	"context"
	"errors"
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
)

func TestMeasureFaults(t *testing.T) {
	ctx := context.Background()
	train, s := whole(greySet(shape, 60, 1)), whole(greySet(shape, 30, 2))
	vae := build(t, shape, func(c *config.Model) {})
	unlabeled := whole(greySet(shape, 30, 2))
	unlabeled.Set.Labels = nil
	gradients := all
	gradients.Gradients = 3
	once := all
	once.Gradients = 1
	broken := build(t, shape, func(c *config.Model) {})
	set(t, broken, "fc_mu.bias", math.NaN(), 0)
	for _, c := range []struct {
		m        *model.Model
		s, train dataset.Split
		o        Options
		says     string
	}{
		{vae, first(s, 0), train, all, "no images"},
		{vae, whole(greySet(line, 5, 1)), train, all, "6x1x1"},
		{vae, s, whole(greySet(line, 20, 1)), all, "6x1x1"},
		{vae, s, train, once, "1 gradients"},
		{broken, s, train, all, "no finite number: the model is damaged"},
		{build(t, shape, conditional), unlabeled, train, all, "conditional"},
		{build(t, shape, func(c *config.Model) { c.TopLatent = 1 }), s, train, gradients, "one stochastic layer"},
		{pcaOf(t, train, 2), s, train, gradients, "variational"},
	} {
		r, err := Measure(ctx, c.m, c.s, c.train, c.o)
		if wantError(t, err, c.says); r != nil {
			t.Errorf("%s: a report all the same", c.says)
		}
	}
	for _, left := range []int{0, 1, 4, 6, 9, 29} {
		_, err := Measure(&countdown{ctx, left}, vae, s, train, gradients)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d questions: %v", left, err)
		}
	}
}

func TestBlackAndWhite(t *testing.T) {
	data := greySet(shape, 4, 1)
	copy(data.Pixels, []uint8{0, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0})
	for _, c := range []struct {
		s    dataset.Split
		want bool
	}{
		{dataset.Split{Set: data, Index: []int{0}}, true}, {dataset.Split{Set: data, Index: []int{0, 2}}, false},
		{dataset.Split{Set: data, Index: []int{2}, Dynamic: true}, true}, {whole(data), false},
	} {
		if got := BlackAndWhite(c.s); got != c.want {
			t.Errorf("images %v, dynamic %t: %t", c.s.Index, c.s.Dynamic, got)
		}
	}
}
