package cli

import (
	"math"
	"slices"
	"testing"

	"github.com/spf13/pflag"

	"vae/internal/config"
)

// FuzzFlagValues: what a flag takes it writes as text that it takes for the same, as
// the notes that say how to make a result again need it.
func FuzzFlagValues(f *testing.F) {
	for _, text := range []string{
		"none", "400,200", " 1, 2 ,3", "007", "-1", "+3", "auto", "learned", "0", "1e-7", "-0", "NaN", "-Inf", "0x1p-2", "1_000",
		"mask:0.1,none", ",", "", "a\nb", "\"a,b\"", "9223372036854775808",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var list, listAgain []int
		again(t, text, numberList{list: &list, word: "none"}, numberList{list: &listAgain, word: "none"}, func() bool { return slices.Equal(list, listAgain) })
		var words, wordsAgain []string
		again(t, text, &textList{list: &words}, &textList{list: &wordsAgain}, func() bool { return slices.Equal(words, wordsAgain) })
		for _, least := range []int{0, 1} {
			var n, m int
			again(t, text, countOrWord{&n, "auto", least}, countOrWord{&m, "auto", least}, func() bool { return n == m && (n == config.Auto || n >= least) })
		}
		var i, j int
		again(t, text, number[int]{&i, config.ParseInt}, number[int]{&j, config.ParseInt}, func() bool { return i == j })
		var u, v uint64
		again(t, text, number[uint64]{&u, config.ParseUint}, number[uint64]{&v, config.ParseUint}, func() bool { return u == v })
		var x, y float64
		again(t, text, number[float64]{&x, config.ParseFloat}, number[float64]{&y, config.ParseFloat}, func() bool { return x == y })
		for _, words := range [][]string{{"auto"}, {"learned", "optimal"}} {
			var x, y float64
			again(t, text, numberOrWord{&x, words}, numberOrWord{&y, words}, func() bool {
				place := slices.Index(words, text)
				return math.Float64bits(x) == math.Float64bits(y) && (place < 0 || x == float64(-1-place)) && (place >= 0 || x != -1 && (x != -2 || len(words) < 2))
			})
		}
	})
}

// TestTextListGivenTwice: the second list comes behind the first, as with the flag
// package's own.
func TestTextListGivenTwice(t *testing.T) {
	list := []string{"default"}
	flag := &textList{list: &list}
	for _, text := range []string{"a,b", "c"} {
		if err := flag.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(list, want) {
		t.Errorf("%q, want %q", list, want)
	}
}

// again sets the second value to what the first makes of a text.
func again(t *testing.T, text string, first, second pflag.Value, same func() bool) {
	t.Helper()
	if first.Set(text) != nil {
		return
	}
	if err := second.Set(first.String()); err != nil || !same() || first.String() != second.String() {
		t.Errorf("%T: %q is written %q and read as %q (%v)", first, text, first, second, err)
	}
}
