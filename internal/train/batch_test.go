package train

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/rng"
)

// dynamic has splits whose pixels are probabilities of white, none of them near 0 or
// 1 but the first two.
func dynamic(n, validation int) *dataset.Splits {
	s := splits(n, validation)
	for i, p := range s.Train.Set.Pixels {
		s.Train.Set.Pixels[i] = p/2 + 60
		switch i % shape.Pixels() {
		case 0:
			s.Train.Set.Pixels[i] = 0
		case 1:
			s.Train.Set.Pixels[i] = 255
		}
	}
	s.Train.Dynamic, s.Validation.Dynamic = true, true
	return s
}

// batchAt is the batch that step, counted from 1, loads of some images.
func batchAt(tr *trainer, step int, rows []int) []float32 {
	tr.step = step - 1
	tr.loadBatch(rows)
	return slices.Clone(tr.objective.X[:len(rows)*shape.Pixels()])
}

func TestDynamicBinarizationIsFreshEachStep(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	task, _ := newTask(t, nil, dynamic(50, 0))
	tr := mustTrainer(t, task)
	rows := []int{3, 3, 7, 11, 49}
	var seen [][]float32
	for _, threads := range []int{2, 1} {
		runtime.GOMAXPROCS(threads)
		seen = append(seen, batchAt(tr, 5, rows), batchAt(tr, 6, rows))
	}
	if !slices.Equal(seen[0], seen[2]) || !slices.Equal(seen[1], seen[3]) {
		t.Error("a step's images depend on the number of threads")
	}
	d := shape.Pixels()
	if slices.Equal(seen[0], seen[1]) || slices.Equal(seen[0][:d], seen[0][d:2*d]) {
		t.Error("two steps, or two rows, have the same draw of an image")
	}
	for i, v := range seen[0] {
		if v != 0 && v != 1 {
			t.Fatalf("element %d is %g", i, v)
		}
	}
}

// Over many steps each pixel is white as often as it is bright.
func TestDynamicBinarizationHasTheRightMean(t *testing.T) {
	task, _ := newTask(t, nil, dynamic(50, 0))
	tr := mustTrainer(t, task)
	const image, steps = 4, 400
	rows, d := slices.Repeat([]int{image}, 16), shape.Pixels()
	white := make([]float64, d)
	for step := range steps {
		for i, v := range batchAt(tr, step+1, rows) {
			white[i%d] += float64(v)
		}
	}
	pixels, n := task.Data.Train.Set.Image(task.Data.Train.Index[image]), float64(16*steps)
	for i, p := range pixels {
		want := float64(p) / 255
		if got := white[i] / n; !(math.Abs(got-want) <= 5*math.Sqrt(want*(1-want)/n)) {
			t.Errorf("pixel %d of %d is white in %g of %g draws", i, p, got, n)
		}
	}
}

// What the encoder sees is noisy, what it must give back is not, and the noise is of
// the step and the row.
func TestCorruptionOfTheInputAlone(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Train.Corrupt = "mask:0.3" }, splits(50, 0))
	tr := mustTrainer(t, task)
	rows, d := []int{9, 2, 2, 40}, shape.Pixels()
	clean := make([]float32, len(rows)*d)
	task.Data.Train.Gather(clean, rows)
	masked := 0
	var inputs [][]float32
	for step := range 100 {
		if got := batchAt(tr, step+1, rows); !slices.Equal(got, clean) {
			t.Fatalf("step %d: the target is not the clean image", step+1)
		}
		input := slices.Clone(tr.objective.Input[:len(clean)])
		for i, v := range input {
			if v != clean[i] && v != 0 {
				t.Fatalf("step %d: input %d is %g, the pixel %g", step+1, i, v, clean[i])
			}
			if v == 0 && clean[i] != 0 {
				masked++
			}
		}
		inputs = append(inputs, input)
	}
	visible := 0
	for _, v := range clean {
		if v != 0 {
			visible += 100
		}
	}
	n := float64(visible)
	if got := float64(masked) / n; !(math.Abs(got-0.3) <= 5*math.Sqrt(0.3*0.7/n)) {
		t.Errorf("%g of the pixels are masked", got)
	}
	if slices.Equal(inputs[0], inputs[1]) || slices.Equal(inputs[0][d:2*d], inputs[0][2*d:3*d]) {
		t.Error("two steps, or two rows of one image, have the same noise")
	}
	batchAt(tr, 1, rows)
	if !slices.Equal(tr.objective.Input[:len(clean)], inputs[0]) {
		t.Error("the noise of a step is not its own")
	}
}

func TestWithoutCorruptionTheInputIsTheTarget(t *testing.T) {
	task, _ := newTask(t, nil, splits(50, 0))
	if o := mustTrainer(t, task).objective; &o.Input[0] != &o.X[0] {
		t.Error("the input has memory of its own")
	}
}

func TestBatchesHaveLabelsWeightsAndNoise(t *testing.T) {
	data := splits(50, 0)
	label(data)
	task, _ := newTask(t, func(c *config.Config) { c.Model.Conditional, c.Model.Classes = true, data.Train.Set.Classes }, data)
	tr := mustTrainer(t, task)
	rows := []int{1, 30, 12}
	batchAt(tr, 8, rows)
	o := tr.objective
	for i, row := range rows {
		for class := range 3 {
			want := float32(0)
			if data.Train.Set.Labels[data.Train.Index[row]] == class {
				want = 1
			}
			if got := o.Labels[3*i+class]; got != want {
				t.Errorf("row %d, class %d: %g, want %g", i, class, got, want)
			}
		}
	}
	for i, w := range o.Weight {
		if want := float32(1) / 3; i < 3 && w != want || i >= 3 && w != 0 {
			t.Errorf("weight %d is %g", i, w)
		}
	}
	noise := make([]float32, len(o.Noise[0]))
	Noise(noise, 0, 9, 8, 0)
	if n := len(rows) * len(noise) / o.Rows(); !slices.Equal(o.Noise[0][:n], noise[:n]) {
		t.Error("the noise is not that of seed 9 and step 8")
	}
}

// Noise is drawn in parts of 8,192, each from a stream of its own: what a seed means
// must not change.
func TestNoiseIsThatOfItsStreams(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	want := make([]float32, 20_000)
	for part, from := range []int{0, 8192, 16_384} {
		rng.Normal(want[from:min(from+8192, len(want))], rng.Stream(3, "reparameterization noise", 12, uint64(part)))
	}
	for _, threads := range []int{1, 2} {
		runtime.GOMAXPROCS(threads)
		got := make([]float32, len(want))
		Noise(got, 0, 3, 12, 0)
		if !slices.Equal(got, want) {
			t.Errorf("%d threads: the noise is another", threads)
		}
	}
}

// label gives the images of the helper the height of their bar, in three classes.
func label(s *dataset.Splits) {
	set := s.Train.Set
	set.Classes = []string{"low", "middle", "high"}
	for i := range set.Len() {
		bright := 0
		for _, p := range set.Image(i) {
			if p > 128 {
				bright++
			}
		}
		set.Labels = append(set.Labels, min(bright, 3)-1)
	}
}

// Rows beyond the batch are copies, whatever lay there: normalizations multiply what lies far from the batch.
func TestShortBatchesAreFilledWithCopies(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Train.Corrupt = "gaussian:0.5" }, splits(50, 0))
	tr := mustTrainer(t, task)
	tr.loadBatch([]int{1, 2, 3, 4})
	tr.loadBatch([]int{30, 31, 32})
	o := tr.objective
	for name, x := range map[string][]float32{"x": o.X, "input": o.Input, "noise": o.Noise[0]} {
		row := len(x) / o.Rows()
		for i := 3; i < o.Rows(); i++ {
			if !slices.Equal(x[i*row:(i+1)*row], x[i%3*row:][:row]) {
				t.Errorf("row %d of %s is no copy", i, name)
			}
		}
	}
	if o.Weight[3] != 0 {
		t.Errorf("weights %v", o.Weight)
	}
}
