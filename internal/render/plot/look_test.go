package plot

import (
	"bytes"
	"image"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"vae/internal/render/draw"
)

// TestGolden compares a picture with everything in it with the one in testdata, which was
// looked at. Rounding may differ on processors with other floating-point instructions.
func TestGolden(t *testing.T) {
	points := clouds(500, 22)
	points[3] = Point{1e30, 0.5, 7}
	points[8].Class = NoClass
	classes := names(22)
	classes[5], classes[6], classes[7] = "quite a long name for a class", "Ελλάδα", "日本語"
	got := plotBytes(t, Scatter{Title: "Čeština, title (5/7)", XLabel: "z₁", YLabel: "z₂ [σ]", Classes: classes, Size: 450, Prior: true}, points)
	golden(t, "plot.png", got)
}

func decode(t testing.TB, b []byte) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Linear RGB as seen without one kind of cones (Machado et al. 2009, table 1, severity 1).
var visions = map[string][3][3]float64{
	"normal": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protan": {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deutan": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritan": {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func times(m [3][3]float64, v [3]float64) (w [3]float64) {
	for i, row := range m {
		w[i] = row[0]*v[0] + row[1]*v[1] + row[2]*v[2]
	}
	return w
}

// oklab is a color in OKLab (Ottosson 2020), as seen with a vision.
func oklab(c draw.RGB, vision [3][3]float64) [3]float64 {
	var v [3]float64
	for i, u := range [3]uint8{c.R, c.G, c.B} {
		if v[i] = float64(u) / 255; v[i] <= 0.04045 {
			v[i] /= 12.92
		} else {
			v[i] = math.Pow((v[i]+0.055)/1.055, 2.4)
		}
	}
	v = times(vision, v)
	for i := range v {
		v[i] = min(max(v[i], 0), 1)
	}
	v = times([3][3]float64{{0.4122214708, 0.5363325363, 0.0514459929}, {0.2119034982, 0.6806995451, 0.1073969566}, {0.0883024619, 0.2817188376, 0.6299787005}}, v)
	for i := range v {
		v[i] = math.Cbrt(v[i])
	}
	return times([3][3]float64{{0.2104542553, 0.7936177850, -0.0040720468}, {1.9779984951, -2.4285922050, 0.4505937099}, {0.0259040371, 0.7827717662, -0.8086757660}}, v)
}

// leastDistance is that of any two colors, in OKLab.
func leastDistance(colors []draw.RGB, vision [3][3]float64) float64 {
	least := math.Inf(1)
	for i, a := range colors {
		for _, b := range colors[:i] {
			p, q := oklab(a, vision), oklab(b, vision)
			least = min(least, math.Hypot(math.Hypot(p[0]-q[0], p[1]-q[1]), p[2]-q[2]))
		}
	}
	return least
}

// TestColors holds what the palette was chosen for. For comparison, the ten colors of Petroff
// (arXiv:2107.02270), made for the same purpose, have 0.090, 0.061, 0.084 and 0.073.
func TestColors(t *testing.T) {
	petroff := []draw.RGB{draw.Hex(0x3f90da), draw.Hex(0xffa90e), draw.Hex(0xbd1f01), draw.Hex(0x94a4a2), draw.Hex(0x832db6),
		draw.Hex(0xa96b59), draw.Hex(0xe76300), draw.Hex(0xb9ac70), draw.Hex(0x717581), draw.Hex(0x92dadd)}
	for name, least := range map[string][3]float64{ // ten colors, twenty, Petroff's ten
		"normal": {0.2, 0.11, 0.0902}, "protan": {0.1, 0.06, 0.0609}, "deutan": {0.1, 0.06, 0.0839}, "tritan": {0.12, 0.07, 0.0729},
	} {
		if d := leastDistance(classColors[:10], visions[name]); !(d >= least[0]) {
			t.Errorf("%s vision: ten colors at least %.4f apart, want %.2f", name, d, least[0])
		}
		if d := leastDistance(classColors[:], visions[name]); !(d >= least[1]) {
			t.Errorf("%s vision: twenty colors at least %.4f apart, want %.2f", name, d, least[1])
		}
		if d := leastDistance(petroff, visions[name]); !(math.Abs(d-least[2]) <= 1e-4) {
			t.Errorf("%s vision: the measure itself gives %.4f for a known palette, want %.4f", name, d, least[2])
		}
		all := append([]draw.RGB{noClassColor, draw.White}, classColors[:10]...)
		if d := leastDistance(all, visions[name]); !(d >= 0.08) {
			t.Errorf("%s vision: with white and grey %.4f apart", name, d)
		}
	}
}

// TestColorsByName: the color of a class is that of its name in any company, and classes
// that look alike there are as few as can be.
func TestColorsByName(t *testing.T) {
	all := append(names(100), "cat", "dog", "Cat", "class_1", "class_2", "class_21", "z", "", " ", "日本", "99999999999999999999", "007")
	alone := map[string]int{}
	for _, name := range all {
		alone[name] = looks([]string{name})[0].color
	}
	for range 20 {
		company := slices.Clone(all)
		rand.Shuffle(len(company), func(i, j int) { company[i], company[j] = company[j], company[i] })
		company = company[:rand.IntN(len(company))+1]
		load := [20]int{}
		seen := map[look]bool{}
		for i, l := range looks(company) {
			if l.color != alone[company[i]] {
				t.Errorf("%q has color %d, and %d alone", company[i], l.color, alone[company[i]])
			}
			load[l.color]++
			seen[l] = true
		}
		want := 0
		for _, n := range load {
			want += min(n, int(draw.Markers))
		}
		if len(seen) != want {
			t.Errorf("%d looks for %d classes, want %d", len(seen), len(company), want)
		}
	}
	for a, b := range map[string]string{"0": "a", "7": "007", "cat": " Cat ", "3": "23"} {
		if looks([]string{a})[0].color != looks([]string{b})[0].color {
			t.Errorf("%q and %q differ", a, b)
		}
	}
}

// commonClasses are sets of names that are often the classes of images.
var commonClasses = []string{
	"0 1 2 3 4 5 6 7 8 9", "a b c d e f g h i j k l m n o p q r s t", "class_0 class_1 class_2 class_3 class_4 class_5 class_6 class_7 class_8 class_9",
	"airplane automobile bird cat deer dog frog horse ship truck", "t-shirt trouser pullover dress coat sandal shirt sneaker bag ankle_boot",
	"tshirt trouser pullover dress coat sandal shirt sneaker bag boot", "daisy dandelion rose sunflower tulip", "daisy dandelion roses sunflowers tulips",
	"buildings forest glacier mountain sea street", "cat dog bird", "cats dogs birds", "cat dog horse", "good bad", "ok nok", "ok defect", "good defect",
	"normal anomaly", "normal abnormal", "positive negative neutral", "yes no", "true false", "train validation test", "healthy sick", "benign malignant",
	"normal pneumonia covid", "male female", "men women", "circle square triangle", "red green blue", "up down left right", "apple banana orange",
	"car bus truck", "cats dogs pandas", "good broken contamination", "real fake", "day night", "rock paper scissors", "empty occupied", "open closed",
}

// TestCommonClasses is what spreading was chosen for.
func TestCommonClasses(t *testing.T) {
	for _, set := range commonClasses {
		colors := map[int]string{}
		for _, name := range strings.Fields(set) {
			color := looks([]string{name})[0].color
			if other, ok := colors[color]; ok {
				t.Errorf("%s and %s have one color", name, other)
			}
			colors[color] = name
		}
	}
}
