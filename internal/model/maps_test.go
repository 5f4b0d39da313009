package model

import (
	"runtime"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

// wide are networks of more channels than a vector has lanes, and of few, for maps of this
// shape: every way in which convolutions are computed.
var wideShape = config.Shape{Width: 20, Height: 18, Channels: 3}

var wide = map[string][2]string{
	"transposed": {"conv:40:4:2:1,relu,conv:33:3:1:1,silu,conv:20:3:2:1,leaky-relu,dense:50,relu", ""},
	"residual": {"conv:36:3:2:1,2*residual[relu,conv:17:3:1:1,relu,conv:36:1],relu,groupnorm:4,gelu",
		"dense:160,relu,reshape:5x4x8,upsample:4,relu,conv:18:3:1:2-2-1-1,elu,conv:out:3:1:1"},
	"gated": {"gated-conv:34:5:2:2,gated-conv:8:3:2:1,gated-dense:20", "gated-dense:80,reshape:5x4x4,convt:32:4:2:1,tanh,convt:out:4:2:0-0-1-1"},
}

func wideModel(t *testing.T, name string) *Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Encoder, c.Decoder = 6, wide[name][0], wide[name][1]
	m, err := New(c, wideShape, 5)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The code of an image, and the image of a code, have the same bits in any company.
func TestRowsOfMapsAreIndependent(t *testing.T) {
	const rows = 37
	for name := range wide {
		m := wideModel(t, name)
		x, z := make([]float32, rows*wideShape.Pixels()), make([]float32, rows*6)
		rng.Uniform(x, 1, rng.Stream(1, "test pixels"))
		rng.Normal(z, rng.Stream(1, "test latents"))
		codes, images := inCompany(t, m, rows, x, z)
		for _, n := range []int{1, 2, 9} {
			for from := 0; from+n <= rows; from += n + 5 {
				c, i := inCompany(t, m, n, x[from*wideShape.Pixels():], z[from*6:])
				if !slices.Equal(c, codes[from*6:][:n*6]) || !slices.Equal(i, images[from*wideShape.Pixels():][:n*wideShape.Pixels()]) {
					t.Fatalf("%s: %d rows from %d on have other bits by themselves", name, n, from)
				}
			}
		}
	}
}

// inCompany encodes and decodes the first rows.
func inCompany(t *testing.T, m *Model, rows int, x, z []float32) (codes, images []float32) {
	t.Helper()
	e, d := encoder(t, m, rows), decoder(t, m, rows)
	copy(e.X, x)
	copy(d.Z, z)
	mu, _, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	mean, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(mu), slices.Clone(mean)
}

// A padded batch gives loss and gradients of the smaller one, whatever stands in its last
// rows, and on any number of threads.
func TestPaddedRowsOfMapsHaveNoSay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const rows, padded = 5, 9
	for name := range wide {
		m := wideModel(t, name)
		exact, o := objective(t, m, rows, true), objective(t, m, padded, true)
		copy(o.X, exact.X)
		copy(o.Noise[0], exact.Noise[0])
		o.Weigh(rows)
		exact.Weigh(rows)
		runObjective(t, exact)
		runObjective(t, o)
		want, got := results(t, m, exact), results(t, m, o)
		clear(o.X[rows*wideShape.Pixels():])
		rng.Normal(o.Noise[0][rows*6:], rng.Stream(2, "other noise"))
		runtime.GOMAXPROCS(3)
		runObjective(t, o)
		other := results(t, m, o)
		runtime.GOMAXPROCS(1)
		for result, values := range want {
			if result == "reconstruction" || result == "KL" {
				got[result], other[result] = got[result][:rows], other[result][:rows]
			}
			near(t, name+", "+result, got[result], widened(values), 1e-5, 2e-6*largest(widened(values)))
		}
		sameResults(t, name+" with other padding and threads", other, got)
	}
}
