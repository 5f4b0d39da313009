package codec

import (
	"bufio"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"testing"

	"vae/internal/ans"
	"vae/internal/causal"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/pmf"
	"vae/internal/run"
)

func TestDump(t *testing.T) {
	saved, err := run.Load(os.Getenv("MODEL"))
	if err != nil {
		t.Fatal(err)
	}
	m, _ := model.Restore(saved)
	set, _ := dataset.MNIST("test")
	r := rand.New(rand.NewPCG(1, 2))
	f, _ := os.Create("/tmp/tr/dump.bin")
	b := bufio.NewWriter(f)
	c := &Coding{Rows: 50, Samples: 1, Shifts: []int{6}}
	ch, err := newChain(m, c, 2)
	if err != nil {
		t.Fatal(err)
	}
	ctx := causal.New(causal.Shape{28, 28, 1, 2}, 10000)
	for s := 0; s < 10000; s += 50 {
		var im [][]uint16
		for i := range 50 {
			v := make([]uint16, 784)
			for j, p := range set.Image(s + i) {
				if uint32(p) > r.Uint32N(255) {
					v[j] = 1
				}
			}
			im = append(im, v)
		}
		var st ans.Stack
		for range 20000 {
			st.Push(r.Uint32N(1<<24), 1, 24)
		}
		q, _ := ch.encode(im, nil)
		ch.levels[0].pop(&st, q, 50, true, 0)
		out, _ := ch.decode(ch.levels[0].z, nil)
		_ = pmf.GridPrecision
		for i, v := range im {
			ctx.Begin()
			for j, x := range v {
				l := ctx.Logit()
				ctx.Update(uint32(x))
				binary.Write(b, binary.LittleEndian, []float32{out[i*784+j], float32(l) / 256, float32(x)})
			}
		}
	}
	b.Flush()
	f.Close()
}
