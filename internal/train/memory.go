package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/memory"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/world"
)

// Need is what a training takes of memory at most, in bytes, by what for. It is known from
// shapes, before anything of it is there.
type Need struct {
	config config.Resolved
	parts  []part
	widest string // layer of a list that gives the largest map, and that; "" without one
}

// widest names the layer that gives the most numbers of an image.
func widest(m *model.Model) string {
	l := slices.MaxFunc(m.Table(), func(a, b model.LayerFacts) int { return a.Out.Pixels() - b.Out.Pixels() })
	if l.Name == "" {
		return ""
	}
	return fmt.Sprintf(", whose largest map %s (%s) gives, %v,", l.Name, l.Layer, l.Out)
}

// part is one purpose.
type part struct {
	name   string
	bytes  float64
	advice []string // settings that make it less
}

const (
	// ofProgram is what the program itself has in memory: code, runtime, and the embedded
	// data that it has read.
	ofProgram = 26e6
	// spare is the part of what lives that the collector lets lie, of the percent that the
	// command line gives it.
	spare = 0.1

	ofValidation = "validation"
)

// NeedOf works out what a training with these settings takes on images that are there.
// and from a state, if from holds one, which is beside all that until it has been restored. Where the processes of
// w, nil for one alone, share the batches, it is what each takes. Errors: settings that make no model, or that the processes cannot share.
func NeedOf(c config.Resolved, data *dataset.Splits, from *run.Checkpoint, w world.World) (*Need, error) {
	if err := Shareable(c, w); err != nil {
		return nil, err
	}
	m, err := model.Plan(c.Model, c.Shape)
	if err != nil {
		return nil, err
	}
	n := &Need{config: c}
	trained, saved := m.ParametersSize()
	size := []string{"model.hidden", "model.latent", "data.image_size"}
	if c.Model.Encoder != "" {
		size[0], n.widest = "model.encoder", widest(m)
	}
	n.add("the program", ofProgram)
	n.add("images", float64(data.Bytes()), "data.limit", "data.image_size")
	n.add("parameters", saved, size...)
	n.add("the state", stateSize(from), size...)
	if c.Model.Kind == config.PCA {
		n.add("components", componentsSize(c, data.Train.Len()), "data.image_size", "data.limit")
		return n.measured(m, true)
	}
	n.add("the optimizer", trained*float64(len(rules[c.Train.Optimizer].memory(c.Train))), size...)
	if c.Train.EMA > 0 {
		n.add("the average of the weights", trained, size...)
	}
	options := optionsOf(c)
	options.World = w
	bytes, err := m.ObjectiveSize(options)
	if err != nil {
		return nil, err
	}
	gradients := min(trained, float64(bytes))
	n.add("gradients", gradients, size...)
	n.add("the exchange with other processes", exchangeSize(c, w, trained), size...)
	n.add(batchName(c), float64(bytes)-gradients, "train.batch", "train.samples", "data.image_size")
	if err := n.pretraining(m); err != nil {
		return nil, err
	}
	return n.measured(m, data.Validation.Len() > 0)
}

// exchangeSize is what gradients of so many bytes travel in, and the terms of a batch with them.
func exchangeSize(c config.Resolved, w world.World, gradients float64) float64 {
	if w == nil {
		return 0
	}
	return float64(w.Memory(int(gradients/4) + c.Train.Batch*(c.Train.Samples+2+c.Model.Latent)))
}

// stateSize is that of the tensors of a state.
func stateSize(from *run.Checkpoint) (bytes float64) {
	if from != nil && from.State != nil {
		for _, t := range from.State.Tensors {
			bytes += 4 * float64(len(t.Data))
		}
	}
	return bytes
}

func batchName(c config.Resolved) string {
	name := "a batch of " + plural(c.Train.Batch, "image")
	if c.Train.Samples > 1 {
		name += " with " + plural(c.Train.Samples, "draw")
	}
	return name
}

func (n *Need) add(name string, bytes float64, advice ...string) {
	if bytes > 0 {
		n.parts = append(n.parts, part{name, bytes, advice})
	}
}

// pretraining adds what the greatest layer takes by itself.
func (n *Need) pretraining(m *model.Model) error {
	var most float64
	for i, l := range n.config.Layers {
		p, err := m.Part(i, i+1)
		if err != nil {
			return err
		}
		bytes, err := p.ObjectiveSize(model.ObjectiveOptions{Rows: n.config.Train.Batch, Gradients: true, Corrupted: l.Corruption.Kind != config.NoNoise})
		if err != nil {
			return err
		}
		trained, _ := p.ParametersSize()
		moments := trained * float64(len(rules[n.config.Train.Optimizer].memory(n.config.Train)))
		most = max(most, float64(bytes)+moments)
	}
	n.add("pretraining", most, "train.batch", "model.hidden")
	return nil
}

// measured adds what validation, where there is some, and the look at latents and units
// take. The test images come after training.
func (n *Need) measured(m *model.Model, validated bool) (_ *Need, err error) {
	c, loss, look := n.config, 0, 0
	if validated {
		if loss, err = m.ObjectiveSize(model.ObjectiveOptions{Rows: c.Train.Batch, Samples: c.Train.Samples, ImportanceWeighted: c.Train.Objective == config.IWAE}); err != nil {
			return nil, err
		}
	}
	if examines(m) && c.Model.Kind != config.PCA {
		if look, err = m.ObjectiveSize(model.ObjectiveOptions{Rows: min(examinedRows, c.Train.Batch), Inspect: true}); err != nil {
			return nil, err
		}
	}
	prior := 0
	if m.Fitted() != nil && c.Model.Kind != config.PCA {
		if prior, err = evaluate.CodeDistributionSize(m); err != nil {
			return nil, err
		}
	}
	scores, err := evaluate.ScorerSize(m, c.Train.Batch)
	if err != nil {
		return nil, err
	}
	pictures := 0
	if c.Train.Snapshots > 0 {
		if pictures, err = evaluate.SnapshotsSize(m); err != nil {
			return nil, err
		}
	}
	bytes := float64(loss + look + prior + scores + pictures)
	if c.Model.Kind == config.PCA { // when the components are there
		bytes = max(0, bytes-n.parts[len(n.parts)-1].bytes)
	}
	n.add(ofValidation, bytes, "train.batch", "train.samples", "data.image_size")
	return n, nil
}

// componentsSize is what principal components are computed in.
func componentsSize(c config.Resolved, images int) float64 {
	d, rows := float64(c.Shape.Pixels()), float64(images)
	if rows < d {
		return 4*rows*d + 8*(4*rows*rows+512*rows+float64(c.Model.Latent)*d)
	}
	return 8 * (4*d*d + 2*512*d + float64(c.Model.Latent)*d)
}

// Bytes is the whole.
func (n *Need) Bytes() float64 {
	var live float64
	for _, p := range n.parts {
		live += p.bytes
	}
	return live * (1 + spare)
}

// String lists the parts: "118 MB: images 55 MB, ...".
func (n *Need) String() string {
	var parts []string
	for _, p := range n.parts {
		parts = append(parts, p.name+" "+memory.Text(p.bytes))
	}
	return "about " + memory.Text(n.Bytes()) + ": " + strings.Join(parts, ", ")
}

// Check refuses what is more than a limit, in a line that says what to lower.
func (n *Need) Check(l memory.Limit) error {
	if n.Bytes() <= l.Bytes {
		return nil
	}
	largest := slices.MaxFunc(n.parts, func(a, b part) int { return int(a.bytes/1e3 - b.bytes/1e3) })
	layer := ""
	if largest.name == batchName(n.config) || largest.name == ofValidation {
		layer = n.widest
	}
	var advice []string
	for _, path := range largest.advice {
		if path != "train.samples" || n.config.Train.Samples > 1 {
			advice = append(advice, config.Mention(path))
		}
	}
	last := len(advice) - 1
	if last > 0 {
		advice = []string{strings.Join(advice[:last], ", "), advice[last]}
	}
	return fmt.Errorf("training needs about %s of memory, most of it for %s (%s)%s and there are %s: lower %s",
		memory.Text(n.Bytes()), largest.name, memory.Text(largest.bytes), cmp.Or(layer, ","), l, strings.Join(advice, " or "))
}
