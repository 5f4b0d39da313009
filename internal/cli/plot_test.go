package cli

import (
	"fmt"
	"image/gif"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/run"
)

func TestSparkline(t *testing.T) {
	up := make([]float64, 100)
	for i := range up {
		up[i] = float64(i)
	}
	for _, c := range []struct {
		values []float64
		width  int
		want   string
	}{
		{[]float64{7}, 10, "▄"},
		{[]float64{2, 2, 2}, 10, "▄▄▄"},
		{[]float64{0, 1, 2, 3, 4, 5, 6, 7}, 8, "▁▂▃▄▅▆▇█"},
		{[]float64{0, nan, 7, math.Inf(1)}, 8, "▁ █ "},
		{[]float64{nan, nan}, 8, "  "},
		{[]float64{-math.MaxFloat64, 0, math.MaxFloat64}, 8, "▁▅█"},
		{[]float64{0, 5e-324}, 8, "▄▄"},
		{up, 4, "▁▃▆█"},
		{up, 1, "▄"},
		{nil, 5, ""},
	} {
		if got := sparkline(c.values, c.width); got != c.want {
			t.Errorf("%v in %d: %q, want %q", c.values, c.width, got, c.want)
		}
	}
}

var nan = math.NaN()

func TestPooled(t *testing.T) {
	got := pooled([]float64{1, 2, 3, nan, 5, nan, math.Inf(1), nan, nan}, 3)
	if got[0] != 2 || got[1] != 5 || !math.IsNaN(got[2]) {
		t.Errorf("%v", got)
	}
	if got := pooled([]float64{math.MaxFloat64, math.MaxFloat64}, 1); got[0] != math.MaxFloat64 {
		t.Errorf("the mean of two of the largest numbers is %g", got[0])
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.001: "0.0010", 1e-7: "1e-07", 12.345: "12.35", -102.4: "-102.40", 12345.6: "12346", 2e9: "2e+09", math.Inf(-1): "-Inf"} {
		if got := shortFigure(v); got != want {
			t.Errorf("%g: %s, want %s", v, got, want)
		}
	}
}

// The epochs in which the weight of the KL term grows are those that the warm-up has, as far as
// training has come.
func TestGrowth(t *testing.T) {
	for text, want := range map[string][][2]float64{
		"none":           nil,
		"linear:4":       {{0, 4}},
		"linear:40":      {{0, 10}},
		"cyclical:4:0.5": {{0, 2}, {4, 6}, {8, 10}},
		"nonsense":       nil,
	} {
		own := config.Default()
		own.Train.KLWarmup = text
		c := &history{rows: []run.Row{{Epoch: 10}}, config: &own}
		if got := c.growth(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
		own.Model.Kind = config.AE
		if got := c.growth(); got != nil {
			t.Errorf("%s of an autoencoder: %v", text, got)
		}
	}
	own := config.Default()
	own.Train.KLWarmup = "cyclical:0.001"
	if got := (&history{rows: []run.Row{{Epoch: 1e6}}, config: &own}).growth(); len(got) != maxSpans {
		t.Errorf("%d spans", len(got))
	}
}

// A training that diverged at once has no curve, and is told from one whose figures were not asked for.
func TestNothingToPlot(t *testing.T) {
	p := &plotted{courses: []*history{{path: "r", rows: []run.Row{{Epoch: 1, Train: run.Terms{Loss: nan, Reconstruction: nan, KL: nan}, Validation: run.Terms{Loss: math.Inf(1), Reconstruction: nan, KL: nan}}}}}}
	want := filepath.Join("r", run.MetricsFile) + ": no finite number to draw: the training has diverged from its first epoch on"
	if err := p.settle(console.Notes{Quiet: true}); err != nil {
		t.Fatal(err)
	}
	if err := p.drawable(); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestUnlikeLosses(t *testing.T) {
	one, other := config.Default(), config.Default()
	other.Model.Sigma, other.Train.Samples, other.Train.Epochs, other.Model.Latent = 0.5, 5, 3, 2 // which have no say in these
	p := &plotted{courses: []*history{{config: &one}, {config: &other}, {}}, chosen: allCurves[:1]}
	if got := p.unlike(); got != "" {
		t.Errorf("losses of one kind: %q", got)
	}
	other.Train.Objective, other.Model.Beta = config.IWAE, 4
	if got, want := p.unlike(), "model.beta 1, 4; train.objective elbo, iwae"; !strings.HasSuffix(got, ": "+want) {
		t.Errorf("%q, want %q", got, want)
	}
	p.chosen = allCurves[2:3]
	if got := p.unlike(); got != "" {
		t.Errorf("without losses: %q", got)
	}
}

// Of many values a curve keeps the first, the last, every peak and the place that is asked for.
func TestTellingPlaces(t *testing.T) {
	values := make([]float64, 100_000)
	for i := range values {
		values[i] = math.Sin(float64(i))
	}
	values[777], values[5000], values[99_998] = 50, -50, nan
	places := telling(values, 31_416)
	for _, place := range []int{0, 777, 5000, 31_416, 99_999} {
		if !slices.Contains(places, place) {
			t.Errorf("place %d is left out", place)
		}
	}
	if len(places) > manyEpochs+1 || !slices.IsSorted(places) || len(slices.Compact(slices.Clone(places))) != len(places) {
		t.Errorf("%d places", len(places))
	}
	if few := telling([]float64{3, nan, 1}, 2); !slices.Equal(few, []int{0, 1, 2}) {
		t.Errorf("of few values %v", few)
	}
	table := &run.LatentTable{Rows: make([]run.LatentRow, 5000)}
	for i := range table.Rows {
		table.Rows[i].Epoch = i
	}
	if rows := evenly(table).Rows; len(rows) != 1000 || rows[0].Epoch != 0 || rows[999].Epoch != 4999 {
		t.Errorf("%d rows of latents", len(rows))
	}
}

func TestNamesOfCourses(t *testing.T) {
	courses := []*history{{path: "a/x"}, {path: "b/x/"}, {path: "y"}}
	nameCourses(courses)
	if courses[0].name != "a/x" || courses[1].name != "b/x" || courses[2].name != "y" {
		t.Errorf("%q, %q, %q", courses[0].name, courses[1].name, courses[2].name)
	}
}

func TestLatentsByLastValue(t *testing.T) {
	x, y := columnsOf(&run.LatentTable{Rows: []run.LatentRow{{Epoch: 2, KL: []float64{9, 1, 5}}, {Epoch: 4, KL: []float64{1, 3, 3}}}})
	if !slices.Equal(x, []float64{2, 4}) || !slices.Equal(y[0], []float64{9, 1}) || !slices.Equal(y[2], []float64{5, 3}) {
		t.Errorf("%v, %v", x, y)
	}
	if order := byLast(y); !slices.Equal(order, []int{1, 2, 0}) {
		t.Errorf("order %v", order)
	}
}

// The frames of a film are the pictures, enlarged: of more than a film has, the first, the last and
// some between; of another size than the last, none.
func TestFilm(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, run.SnapshotsFolder)
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	const shots = mostFrames + 7
	for epoch := range shots {
		width := 3
		if epoch == 1 {
			width = 4
		}
		f, err := os.Create(filepath.Join(folder, fmt.Sprintf("%04d.png", epoch)))
		if err == nil {
			pixels := make([]float32, width*2)
			pixels[0], pixels[2] = float32(epoch%256)/255, float32(epoch/(shots-1)) // no two alike that follow each other
			err = render.PNG(f, width, 2, 1, pixels)
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	o := &plotOptions{film: filepath.Join(dir, "film.gif"), delay: 70, scale: 2}
	var said strings.Builder
	if err := o.makeFilm(t.Context(), dir, console.Notes{W: &said}); err != nil {
		t.Fatal(err)
	}
	if text := said.String(); !strings.HasPrefix(text, "note: 1 picture of another size left out\n500 pictures of epochs 0 to 506 in ") {
		t.Errorf("%q", text)
	}
	f, err := os.Open(o.film)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	film, err := gif.DecodeAll(f)
	if err != nil || len(film.Image) != mostFrames || film.Config.Width < 40 || film.Config.Height < 16 || film.Delay[0] != 7 {
		t.Fatalf("%v: %d frames of %dx%d", err, len(film.Image), film.Config.Width, film.Config.Height)
	}
	last, left := film.Image[mostFrames-1], (film.Config.Width-6)/2 // the picture in the middle of its caption
	for x, want := range map[int]uint32{5: 0xffff, 2: 0} {
		if grey, _, _, _ := last.At(left+x, 1).RGBA(); grey != want {
			t.Errorf("the last frame is %#x at %d, want %#x", grey, x, want)
		}
	}
}

// Of too many latents the reason is told why what each carries is not known.
func TestPlotOfTooManyLatents(t *testing.T) {
	for latents, want := range map[int]string{20: "r holds no latents.csv, which trainings leave since this version", 8192: "r has 8,192 latents, and what each carries is kept of up to 4,096 alone"} {
		c := config.Default()
		c.Model.Latent = latents
		p := plotted{courses: []*history{{path: "r", config: &c}}}
		if got := p.none(curve{name: "latents"}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
