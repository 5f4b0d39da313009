package dataset

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"vae/internal/config"
)

// numbered is a set of n images of 2 pixels, image i being i, i+100.
func numbered(n int) *Set {
	s := &Set{Shape: config.Shape{Width: 2, Height: 1, Channels: 1}}
	for i := range n {
		s.Pixels = append(s.Pixels, uint8(i), uint8(i+100))
	}
	return s
}

func TestSplitSharesEveryImageOnce(t *testing.T) {
	for _, c := range []struct{ n, validation, limit, wantTrain, wantValidation int }{
		{120, config.Auto, 0, 110, 10}, {120, 0, 0, 120, 0}, {120, 119, 0, 1, 119}, {120, 50, 7, 7, 50},
		{120, 50, 700, 70, 50}, {11, config.Auto, 0, 11, 0}, {1, config.Auto, 0, 1, 0},
	} {
		l := &loaded{train: numbered(c.n), test: numbered(5)}
		s, err := split(l, config.Data{Validation: c.validation, Limit: c.limit}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if s.Train.Len() != c.wantTrain || s.Validation.Len() != c.wantValidation || !slices.Equal(s.Test.Index, upTo(0, 5)) {
			t.Errorf("%+v: %d, %d", c, s.Train.Len(), s.Validation.Len())
		}
		both := slices.Concat(s.Train.Index, s.Validation.Index)
		slices.Sort(both)
		if !slices.IsSorted(s.Train.Index) || !slices.IsSorted(s.Validation.Index) || len(slices.Compact(both)) != c.wantTrain+c.wantValidation {
			t.Errorf("%+v: an image is used twice or the order is lost", c)
		}
	}
}

func TestSplitAutoKeepsAtMostFiveThousand(t *testing.T) {
	for n, want := range map[int]int{60000: 5000, 59999: 4999, 1000000: 5000} {
		if got, err := validationCount(&loaded{}, config.Data{Validation: config.Auto}, n); got != want || err != nil {
			t.Errorf("of %d: %d, %v, want %d", n, got, err, want)
		}
	}
}

func TestSplitDependsOnTheSeedAlone(t *testing.T) {
	at := func(seed uint64, limit int) *Splits {
		s, err := split(&loaded{train: numbered(120)}, config.Data{Validation: 20, Limit: limit}, seed)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b, c, short := at(1, 0), at(1, 0), at(2, 0), at(1, 30)
	if !slices.Equal(a.Train.Index, b.Train.Index) || !slices.Equal(a.Test.Index, b.Test.Index) {
		t.Error("one seed gives two splits")
	}
	if slices.Equal(a.Validation.Index, c.Validation.Index) || slices.Equal(a.Test.Index, c.Test.Index) {
		t.Error("two seeds give one split")
	}
	if !slices.Equal(a.Validation.Index, short.Validation.Index) || len(short.Train.Index) != 30 {
		t.Error("the limit changed the validation images")
	}
	for _, i := range short.Train.Index {
		if !slices.Contains(a.Train.Index, i) {
			t.Errorf("image %d is in the limited set alone", i)
		}
	}
}

func TestSplitFaults(t *testing.T) {
	for _, v := range []int{30, 31, 1 << 30, -2} {
		_, err := split(&loaded{train: numbered(30), test: numbered(1)}, config.Data{Validation: v}, 1)
		wantError(t, err, "data.validation", fmt.Sprintf("not %d", v))
		if v >= 30 {
			wantError(t, err, "must be below 30")
		}
		var field *config.FieldError
		if !errors.As(err, &field) || field.Field != "data.validation" {
			t.Errorf("%d: %v names no setting", v, err)
		}
	}
}

func TestGather(t *testing.T) {
	s := Split{Set: numbered(100), Index: []int{3, 5, 99}}
	dst := make([]float32, 7)
	dst[6] = -1
	s.Gather(dst, []int{2, 0, 2})
	want := []float32{99. / 255, 199. / 255, 3. / 255, 103. / 255, 99. / 255, 199. / 255, -1}
	if !slices.Equal(dst, want) {
		t.Errorf("%v, want %v", dst, want)
	}
}

func TestDigestIsOfTheData(t *testing.T) {
	a := numbered(10)
	base := digest(a, numbered(3))
	b, c, d := *a, *a, *a
	b.Names, b.Classes = []string{"x"}, []string{"y"}
	c.Labels = make([]int, 10)
	d.Shape = config.Shape{Width: 1, Height: 2, Channels: 1}
	if digest(&b, numbered(3)) != base {
		t.Error("names change the digest")
	}
	others := map[string]bool{base: true}
	for _, x := range []string{digest(&c, numbered(3)), digest(&d, numbered(3)), digest(numbered(3), a), digest(a), digest(numbered(11), numbered(2)), digest(numbered(9), numbered(4))} {
		if others[x] {
			t.Error("different data have one digest")
		}
		others[x] = true
	}
}

func BenchmarkGather(b *testing.B) {
	set := &Set{Shape: mnistShape, Pixels: make([]uint8, 1000*784)}
	s := Split{Set: set, Index: upTo(0, 1000)}
	rows := rand.New(rand.NewPCG(1, 2)).Perm(1000)[:128]
	dst := make([]float32, 128*784)
	b.SetBytes(128 * 784 * 4)
	for b.Loop() {
		s.Gather(dst, rows)
	}
}
