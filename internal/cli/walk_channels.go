package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"vae/internal/console"
	"vae/internal/stats"
	"vae/internal/walk"
)

// mostTried is how many numbers the images may have by which channels are ranked.
const mostTried = 1 << 25

// channels are the axes of a map of latents, a channel each: by their KL, or where that is not known by how much they change the image
// between three standard deviations on both sides, the largest first. Tried says that it is that; of very many, or very large images,
// they come in their order.
func (w *walking) channels(ctx context.Context) (all []walk.Axis, tried bool, err error) {
	all = w.space.Channels()
	_, known := w.space.KL(all[0])
	if known || 2*len(all) > mostTried/max(w.model.Shape().Pixels(), w.model.Latent()) {
		return all, false, nil
	}
	ends := make([][]float64, len(all))
	for i, a := range all {
		mean, sd := w.scale(a)
		ends[i] = []float64{mean - defaultReach*sd, mean + defaultReach*sd}
	}
	_, images, err := w.decode(ctx, walk.Traverse(w.point, all, ends))
	if err != nil {
		return nil, false, err
	}
	n := w.model.Shape().Pixels()
	change := make([]float64, len(all)) // by channel
	for i := range all {
		low, high := images[2*i*n:(2*i+1)*n], images[(2*i+1)*n:(2*i+2)*n]
		for j, v := range low {
			change[i] += float64(v-high[j]) * float64(v-high[j])
		}
	}
	slices.SortStableFunc(all, func(a, b walk.Axis) int { return cmp.Compare(change[b.Latent], change[a.Latent]) })
	return all, true, nil
}

// aMap says what a map of latents is.
func (w *walking) aMap() string {
	places := w.space.Places()
	return fmt.Sprintf("the latents are a map of %s with %s each", console.Count(places, "place"), console.Count(w.space.Latent()/places, "channel"))
}

// single says of latents of a map that are named one by one how little they are.
func (w *walking) single() string {
	return w.aMap() + ", and one latent is a channel of one place: alone it changes little; without --latent channels are changed at all places at once"
}

// channels makes rows of channels of a map, of those that carry something, or where it is said how many, of so many.
func (t *traversal) channels(ctx context.Context) error {
	all, tried, err := t.walking.channels(ctx)
	if err != nil {
		return err
	}
	active := 0
	for _, a := range all {
		if kl, known := t.space.KL(a); !known || kl >= stats.EmptyKL {
			active++
		}
	}
	if t.flags.Changed("number") || active == 0 {
		active = len(all)
	}
	t.along = all[:min(t.rows, active)]
	t.remark = t.aMap() + ": each row is a channel, changed at all places at once"
	switch n := len(t.along); {
	case n < len(all) && tried:
		t.remark += fmt.Sprintf("; the %d that change the image most are drawn, -n N draws more", n)
	case n < active:
		t.remark += fmt.Sprintf("; the first %d are drawn, -n N draws more", n)
	}
	return nil
}
