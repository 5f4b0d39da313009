package plot

import (
	"slices"
	"strings"
	"testing"
)

func TestLegendTexts(t *testing.T) {
	rows := func(classes []string, size int, present ...int) string {
		var points []Point
		for _, c := range present {
			points = append(points, Point{0, 0, c})
		}
		s := Scatter{Classes: classes, Size: size}
		var text []string
		for _, row := range newScatter(s, surveyOf(t, s, points)).legend {
			text = append(text, string(row.text))
		}
		return strings.Join(text, "|")
	}
	all := func(n int) (present []int) {
		for i := range n {
			present = append(present, i)
		}
		return present
	}
	for _, c := range []struct{ got, want string }{
		{rows(names(10), 900, 2, 1, NoClass), "1|2|(none)"},
		{rows([]string{"日", "cat", " \n ", strings.Repeat("long ", 20)}, 900, 0, 1, 2, 3), "[0]|cat|[2]|long long l…long long|classes of one color|have other markers"},
		{rows([]string{"a long name of many letters, 1", "a long name of many letters, 2", "a long name of many words, 1"}, 900, 0, 1, 2), "a long nam…letters, 1|a long nam…letters, 2|a long na…y words, 1"},
		{rows([]string{"a long name, one, that ends alike", "a long name, two, that ends alike", "b"}, 900, 0, 1, 2), "[0] a long n…nds alike|[1] a long n…nds alike|b"},
		{rows([]string{"a\u0301", "a", "á"}, 900, 0, 1, 2), "[0] a|[1] a|á"},
		{rows(names(21), 900, 1, 20), "1|20"},
		{rows(names(22), 900, 1, 20, 21), "1|20|21|classes of one color|have other markers"},
		{rows(names(81), 900, 0, 80), "0|80|more classes than|colors and markers:|some look alike"},
		{rows(names(20), 900, 19), "19"},
		{rows(names(10), 900, NoClass), ""},
		{rows(names(100), 300, all(100)...), "0|1|2|3|4|5|6|7|8|9|10|11|and 88 more|more classes than|colors and markers:|some look alike"},
		{rows(names(20), 300, all(20)...), "0|1|2|3|4|5|6|7|8|9|10|11|and 8 more"},
	} {
		if c.got != c.want {
			t.Errorf("legend %q, want %q", c.got, c.want)
		}
	}
}

func TestKey(t *testing.T) {
	long := "a long name of a class that is "
	s := Scatter{Classes: []string{"cat", "猫", " ", long + "one and two", long + "one and too", "emoji 🙂", long + "1, " + long + "x", long + "2, " + long + "x"}}
	if got, want := s.Key(), []int{1, 2, 5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("key of classes %v, want %v", got, want)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
