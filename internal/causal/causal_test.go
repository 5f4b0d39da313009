package causal

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vae/internal/ans"
)

// kinds draw images: what coders meet, and what they hope not to.
var kinds = map[string]func(r *rand.Rand, s Shape, image []uint16){
	"noise": func(r *rand.Rand, s Shape, image []uint16) {
		for i := range image {
			image[i] = uint16(r.IntN(s.Levels))
		}
	},
	"zeros": func(_ *rand.Rand, _ Shape, image []uint16) { clear(image) },
	"highest": func(_ *rand.Rand, s Shape, image []uint16) {
		for i := range image {
			image[i] = uint16(s.Levels - 1)
		}
	},
	"extremes": func(r *rand.Rand, s Shape, image []uint16) {
		for i := range image {
			image[i] = uint16(r.IntN(2) * (s.Levels - 1))
		}
	},
	"ramp": func(r *rand.Rand, s Shape, image []uint16) {
		for i := range image {
			pixel := i / s.Channels
			image[i] = uint16(min(s.Levels-1, (pixel%s.Width+pixel/s.Width)*s.Levels/64+r.IntN(min(3, s.Levels))))
		}
	},
	"strokes": func(r *rand.Rand, s Shape, image []uint16) {
		clear(image)
		at := r.IntN(len(image))
		for range len(image) / 6 {
			image[at] = uint16(s.Levels - 1 - r.IntN(min(4, s.Levels-1)))
			at = (at + []int{1, s.Width * s.Channels, s.Channels, len(image) - 1}[r.IntN(4)]) % len(image)
		}
	},
}

func draw(r *rand.Rand, s Shape, n int) (images [][]uint16) {
	names := make([]string, 0, len(kinds))
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	kind := kinds[names[r.IntN(len(names))]]
	for range n {
		image := make([]uint16, s.Width*s.Height*s.Channels)
		if r.IntN(5) == 0 {
			kind = kinds[names[r.IntN(len(names))]]
		}
		kind(r, s, image)
		images = append(images, image)
	}
	return images
}

// What Choices gives and Push pushes, Pop takes, behind images that were learned, and leaves the stack as it was.
func TestPopInvertsChoices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		levels := rapid.OneOf(rapid.SampledFrom([]int{2, 2, 3, 4, 255, 256, 257, 1000, 65535, 65536}), rapid.IntRange(2, 65536))
		s := Shape{rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 20).Draw(t, "height"), rapid.IntRange(1, 4).Draw(t, "channels"), levels.Draw(t, "levels")}
		n, known := rapid.IntRange(0, 4).Draw(t, "images"), rapid.IntRange(0, 2).Draw(t, "known")
		images := draw(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), s, n+known)
		here, there := New(s, n), New(s, n)
		var choices []Choice
		for i, image := range images {
			if i < known {
				here.Learn(image)
				there.Learn(image)
			} else {
				choices = here.Choices(choices, image)
			}
		}
		var stack ans.Stack
		stack.Push(5, 3, 20)
		before := string(stack.Append(nil))
		Push(&stack, choices)
		for _, image := range images[known:] {
			got := make([]uint16, len(image))
			if there.Pop(&stack, got); !slices.Equal(got, image) {
				t.Fatalf("%+v: %d is popped as %d", s, image, got)
			}
		}
		if after := string(stack.Append(nil)); after != before {
			t.Fatalf("%x is left on the stack, want %x", after, before)
		}
	})
}

// Cost is what a stack grows by, and no more than a little above what noise has.
func TestCost(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, s := range []Shape{{30, 30, 1, 2}, {30, 30, 1, 256}, {12, 40, 3, 256}, {20, 20, 1, 5000}} {
		for name, kind := range kinds {
			image := make([]uint16, s.Width*s.Height*s.Channels)
			m, stack, cost := New(s, 10), new(ans.Stack), 0.0
			stack.Push(1<<20-1, 1, 20)
			stack.Push(1<<20-1, 1, 20)
			before := stack.Bits()
			for range 10 {
				kind(r, s, image)
				choices := m.Choices(nil, image)
				Push(stack, choices)
				cost += float64(Cost(choices)) / (1 << 16)
			}
			grown := float64(stack.Bits() - before)
			if !(cost-grown < 2 && grown-cost < 2+1e-3*grown) {
				t.Errorf("%+v of %s: cost %v bits, the stack has grown by %v", s, name, cost, grown)
			}
		}
	}
}

func TestCostOfAChoice(t *testing.T) {
	for _, c := range []struct {
		choice Choice
		cost   uint64
	}{{Choice{1 << 15, 0}, 1 << 16}, {Choice{1 << 15, 1}, 1 << 16}, {Choice{1, 1}, 16 << 16}, {Choice{1<<16 - 1, 0}, 16 << 16}, {Choice{1 << 14, 0}, 27200}, {Choice{1<<16 - 1, 1}, 2}} {
		if got := Cost([]Choice{c.choice}); got != c.cost {
			t.Errorf("%+v costs %d, want %d", c.choice, got, c.cost)
		}
	}
}

// A file of images means the same choices for ever: when this fails, old files cannot be read any more.
func TestChoicesStayAsTheyAre(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	sum := sha256.New()
	for _, s := range []Shape{{28, 28, 1, 2}, {17, 5, 3, 2}, {28, 28, 1, 256}, {16, 16, 3, 256}, {9, 31, 4, 1000}, {20, 20, 2, 65536}} {
		m := New(s, 12)
		for _, image := range draw(r, s, 12) {
			for _, c := range m.Choices(nil, image) {
				fmt.Fprintln(sum, c.One, c.Bit)
			}
		}
	}
	const want = "59579de401a70a55"
	if got := hex.EncodeToString(sum.Sum(nil))[:16]; got != want {
		t.Errorf("the choices of fixed images have the hash %s, want %s", got, want)
	}
}

// Pixel by pixel it is the same as by whole images.
func TestLogitByPixel(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for _, s := range []Shape{{28, 28, 1, 2}, {3, 7, 2, 2}, {1, 1, 1, 2}} {
		whole, single := New(s, 5), New(s, 5)
		for _, image := range draw(r, s, 5) {
			choices := whole.Choices(nil, image)
			single.Begin()
			for i, x := range image {
				if one := Frequency(single.Logit()); one != uint32(choices[i].One) {
					t.Fatalf("%+v: value %d has the frequency %d, want %d", s, i, one, choices[i].One)
				}
				single.Update(uint32(x))
			}
		}
	}
}

func TestImagesOfNothing(t *testing.T) {
	for _, s := range []Shape{{0, 0, 1, 2}, {0, 3, 1, 256}, {3, 0, 3, 2}, {4, 4, 1, 1}} {
		m, image := New(s, 0), make([]uint16, s.Width*s.Height*s.Channels)
		if got := m.Choices(nil, image); len(got) != 0 {
			t.Errorf("%+v: %d choices", s, len(got))
		}
	}
}

// Whatever a stack holds, an image is on it.
func FuzzPop(f *testing.F) {
	f.Add([]byte{}, uint8(28), uint8(28), uint8(1), uint16(1))
	f.Add([]byte("any bytes will do, and more of them give more pixels"), uint8(5), uint8(9), uint8(3), uint16(255))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 7, 7}, uint8(1), uint8(40), uint8(4), uint16(65535))
	f.Fuzz(func(t *testing.T, data []byte, width, height, channels uint8, top uint16) {
		stack, err := ans.Parse(data)
		if err != nil {
			return
		}
		s := Shape{int(width % 48), int(height % 48), 1 + int(channels%4), 1 + max(1, int(top))}
		m, image := New(s, 2), make([]uint16, int(width%48)*int(height%48)*(1+int(channels%4)))
		for range 2 {
			m.Pop(stack, image)
			for _, x := range image {
				if int(x) >= s.Levels {
					t.Fatalf("%+v: %d is popped", s, x)
				}
			}
		}
	})
}

// The same choices on every machine: there is no arithmetic here but that of integers.
func TestNoFloats(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ImportSpec:
				if n.Path.Value == `"math"` {
					t.Errorf("%s imports math", file)
				}
			case *ast.BasicLit:
				if n.Kind == token.FLOAT {
					t.Errorf("%s has the constant %s", file, n.Value)
				}
			case *ast.Ident:
				if strings.HasPrefix(n.Name, "float") || strings.HasPrefix(n.Name, "complex") {
					t.Errorf("%s has %s", file, n.Name)
				}
			}
			return true
		})
	}
}
