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
		if s.Train.Len() != c.wantTrain || s.Validation.Len() != c.wantValidation || !slices.Equal(s.Test.Index, Between(0, 5)) {
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
		if got, err := validationCount(&loaded{}, config.Data{Validation: config.Auto}, n, 0); got != want || err != nil {
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
	s := Split{Set: set, Index: Between(0, 1000)}
	rows := rand.New(rand.NewPCG(1, 2)).Perm(1000)[:128]
	dst := make([]float32, 128*784)
	b.SetBytes(128 * 784 * 4)
	for b.Loop() {
		s.Gather(dst, rows)
	}
}

// labelled is a set of n images with the labels a, b, c in turn; every seventh has none.
func labelled(n int) *Set {
	s := numbered(n)
	s.Classes = []string{"a", "b", "c"}
	for i := range n {
		label := i % 3
		if i%7 == 6 {
			label = -1
		}
		s.Labels = append(s.Labels, label)
	}
	return s
}

// The images of excluded labels are in no part but the test's, and the numbers are of what is
// left; images without a label stay.
func TestExcludeLabels(t *testing.T) {
	for name, l := range map[string]*loaded{
		"test images":       {train: labelled(60), test: labelled(20)},
		"one set":           {train: labelled(60)},
		"validation folder": {train: labelled(60), validation: 12, test: labelled(20)},
	} {
		all, err := split(l, config.Data{Validation: config.Auto}, 1)
		if err != nil {
			t.Fatal(err)
		}
		some, err := split(l, config.Data{Validation: config.Auto, ExcludeLabels: []string{"b", "c"}}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(some.Test.Index, all.Test.Index) {
			t.Errorf("%s: other test images", name)
		}
		var want, got []int
		for _, i := range slices.Concat(all.Train.Index, all.Validation.Index) {
			if l := all.Train.Set.Labels[i]; l <= 0 {
				want = append(want, i)
			}
		}
		got = slices.Concat(some.Train.Index, some.Validation.Index)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) || len(want) == 0 || some.Excluded != all.Train.Len()+all.Validation.Len()-len(want) {
			t.Errorf("%s: %v with %d excluded, want %v", name, got, some.Excluded, want)
		}
		written := config.Data{Validation: some.Validation.Len(), ExcludeLabels: []string{"b", "c"}} // by the run
		if again, err := split(l, written, 1); err != nil || !slices.Equal(again.Train.Index, some.Train.Index) {
			t.Errorf("%s: other images when the run goes on: %v", name, err)
		}
	}
}

func TestExcludeLabelsFaults(t *testing.T) {
	l := &loaded{train: labelled(60), test: labelled(20)}
	_, err := split(l, config.Data{ExcludeLabels: []string{"a", "d"}}, 1)
	wantError(t, err, `data.exclude_labels must name labels of the images, which have a, b, c, not "d"`)
	l.train.Labels[6], l.train.Labels[13] = 0, 0
	for i := range l.train.Labels {
		l.train.Labels[i] = max(l.train.Labels[i], 0)
	}
	_, err = split(l, config.Data{ExcludeLabels: []string{"a", "b", "c"}}, 1)
	wantError(t, err, `data.exclude_labels must leave images to train on, not "a, b, c"`)
	_, err = split(&loaded{train: numbered(30), test: numbered(1)}, config.Data{ExcludeLabels: []string{"a"}}, 1)
	wantError(t, err, `which have none, not "a"`)
}
