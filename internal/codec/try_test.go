package codec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
	"os"
	"strconv"

	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/vaez"
)

func TestTry(t *testing.T) {
	file := "/tmp/tr/bw/model.safetensors"
	saved, err := run.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Restore(saved)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := dataset.MNIST("test")
	r := rand.New(rand.NewPCG(1, 2))
	n := 10000
	if v, err := strconv.Atoi(os.Getenv("N")); err == nil { n = v }
	k := 1
	if v, err := strconv.Atoi(os.Getenv("K")); err == nil { k = v }
	var images []Image
	for i := range n {
		v := make([]uint16, 784)
		for j, p := range set.Image(i) {
			if uint32(p) > r.Uint32N(255) {
				v[j] = 1
			}
		}
		images = append(images, Image{Values: v})
	}
	for _, o := range []Options{{Model: m, Samples: k, Fast: true}, {Samples: 1}} {
		var b bytes.Buffer
		start := time.Now()
		h := vaez.Head{Width: 28, Height: 28, Channels: 1, Levels: 2}
		w, err := NewWriter(&b, h, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, im := range images {
			if err := w.Add(im); err != nil {
				t.Fatal(err)
			}
		}
		rep, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		fmt.Printf("%+v\n%.5f bpd, %v, %.0f images/s\n", rep, float64(rep.Parts.Total())*8/float64(n)/784, took, float64(n)/took.Seconds())
		start = time.Now()
		in, err := vaez.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		rd := NewReader(in, func(*Coding) (*model.Model, error) { return m, nil })
		i := 0
		for {
			s, err := rd.Next()
			if err != nil {
				fmt.Println(i, err)
				break
			}
			for _, v := range s.Values {
				if !slices.Equal(v, images[i].Values) {
					t.Fatal(i)
				}
				i++
			}
		}
		fmt.Println(time.Since(start))
	}
}
