package train

import (
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"strings"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/world"
)

// Several processes train one model: each computes on its rows of every batch, and has all parameters, which
// stay the same bits everywhere. The first alone has a run directory, observes and saves.

// first says that this process is the one that saves.
func (t Task) first() bool { return t.World == nil || t.World.Rank() == 0 }

// shared says that there are others.
func (t Task) shared() bool { return t.World != nil && t.World.Size() > 1 }

// sameness is what must be the same everywhere for a training to be one, of processes that are of one build: see [world.SameBuild].
type sameness struct {
	Images, Settings string
	Place            string // where training goes on
}

// Shareable says why the processes of a world, nil for one alone, cannot share a training.
func Shareable(c config.Resolved, w world.World) error {
	if w == nil || w.Size() == 1 {
		return nil
	}
	n, slices := w.Size(), "are "+fmt.Sprint(c.Train.Slices)
	switch {
	case c.Model.Kind == config.PCA:
		return fmt.Errorf("%s is computed by one process alone, and there are %d", config.Mention("model.kind", string(config.PCA)), n)
	case c.Train.Slices == 1:
		slices = "is 1"
	}
	if c.Train.Slices%n != 0 {
		return fmt.Errorf("%d processes each take whole slices of a batch, of which there %s: their number must be a multiple of %d, such as %s", n, slices, n, config.Mention("train.slices", fmt.Sprint(n)))
	}
	return nil
}

// agree refuses processes that would not train one model.
func (t Task) agree() error {
	if !t.shared() {
		return nil
	}
	if err := Shareable(t.Config, t.World); err != nil {
		return err
	}
	return world.Same(t.World, sameness{t.Data.SHA256, string(t.Config.YAML()), t.place()}, sameness.difference)
}

// place is where the state stands that training goes on from.
func (t Task) place() string {
	if t.From == nil || t.From.State == nil {
		return "the beginning"
	}
	i := t.From.State.Info
	return fmt.Sprintf("epoch %d, step %d", i.Epoch, i.Step)
}

// difference says what another process has that is not as the first one's; "" for nothing.
func (i sameness) difference(other sameness) string {
	switch {
	case i.Images != other.Images:
		return fmt.Sprintf("its images are others (their SHA-256 is %.12s..., that of process 0 %.12s...)", other.Images, i.Images)
	case i.Place != other.Place:
		return world.Differs("training goes on from", i.Place, other.Place)
	case i.Settings != other.Settings:
		was, is := strings.Split(i.Settings, "\n"), strings.Split(other.Settings, "\n")
		for k := range min(len(was), len(is)) {
			if was[k] != is[k] {
				return world.Differs("settings have", strings.TrimSpace(was[k]), strings.TrimSpace(is[k]))
			}
		}
		return "its settings are others"
	}
	return ""
}

// kept is what the first process finds in the run beside the state.
type kept struct {
	BestEpoch, Ahead int
	BestLoss         uint64 // its bits
	Saved            bool
}

// follow has the others know what the first process has found in the run.
func (t *trainer) follow() error {
	if !t.shared() {
		return nil
	}
	k, err := world.Told(t.World, kept{t.bestEpoch, t.ahead, math.Float64bits(t.bestLoss), t.saved})
	t.bestEpoch, t.ahead, t.bestLoss, t.saved = k.BestEpoch, k.Ahead, math.Float64frombits(k.BestLoss), k.Saved
	return err
}

// checkEqual refuses to go on where a process has other parameters than the first, which nothing but a fault
// of a machine, or of this program, can bring about.
func (t *trainer) checkEqual() error {
	if !t.shared() {
		return nil
	}
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	bytes := make([]byte, 0, 1<<12)
	add := func(values []float32) {
		for _, v := range values {
			if bytes = binary.LittleEndian.AppendUint32(bytes, math.Float32bits(v)); len(bytes) == cap(bytes) {
				sum.Write(bytes)
				bytes = bytes[:0]
			}
		}
	}
	for i, p := range t.Model.Params() {
		add(p.Value)
		for _, state := range t.optimizer.memory(i) {
			add(state)
		}
	}
	sum.Write(bytes)
	all, err := t.World.Gather(sum.Sum(nil))
	if err != nil {
		return err
	}
	for rank, other := range all {
		if string(other) != string(all[0]) {
			return fmt.Errorf("process %d has other parameters after epoch %d than process 0 (their CRC-32C is %x, not %x): a machine computes or remembers wrongly; go on with others from what is saved",
				rank, t.epoch, other, all[0])
		}
	}
	return nil
}

// places are which rows of the batch under way, of n images, this process computes on: those beyond
// n, which weigh nothing, are copies of the first ones, as everywhere. Alone it has no need of these.
func places(o *model.Objective, n int) []int {
	own := make([]int, o.Rows())
	if o.Rows() == o.Batch() {
		own = own[:n]
	}
	for i := range own {
		if own[i] = o.First() + i; own[i] >= n {
			own[i] %= n
		}
	}
	return own
}

// at are the rows at some places of the batch.
func at(rows, places []int) []int {
	own := make([]int, len(places))
	for i, place := range places {
		own[i] = rows[place]
	}
	return own
}

// ownNoise fills dst with the noise of the rows at some places of a batch, of which draw makes all.
func ownNoise(dst []float32, o *model.Objective, places []int, draw func(dst []float32, from int)) {
	width := len(dst) / o.Rows()
	if last := len(places) - 1; o.Rows() == o.Batch() || places[last]-places[0] == last {
		draw(dst, places[0]*width)
		return
	}
	all := make([]float32, o.Batch()*width)
	draw(all, 0)
	for i, place := range places {
		copy(dst[i*width:(i+1)*width], all[place*width:])
	}
}

// ask begins to tell the other processes whether this one is to stop: they do it at the same step.
func (t *trainer) ask(ctx context.Context) {
	if !t.shared() {
		return
	}
	t.stop[0] = 0
	if ctx.Err() != nil {
		t.stop[0] = 1
	}
	t.World.Begin(t.stop)
}

// stopped says that training is to end after the step under way: with others, if one of them was asked to
// before the step.
func (t *trainer) stopped(ctx context.Context) bool {
	if t.shared() {
		return t.stop[0] != 0
	}
	return ctx.Err() != nil
}

// meanwhile does what is the first process's to do, such as saving, while the others wait for no less than its end.
func (t *trainer) meanwhile(work func() error) error {
	return world.Meanwhile(context.Background(), t.World, func(context.Context) error { return work() })
}
