package render

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

func preview(t *testing.T, g Grid, n, columns, rows int, next func([]float32) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := g.Preview(&b, n, columns, rows, next); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPreviewExact(t *testing.T) {
	pixels := []float32{0, 1, 1, 1, 1, 1, 0.5, 0} // 2 wide, 4 high
	next := func(dst []float32) error { copy(dst, pixels); return nil }
	g := Grid{Width: 2, Height: 4, Channels: 1}
	for _, c := range []struct {
		color Color
		n     int
		want  string
	}{
		{TrueColor, 1, "\x1b[48;2;255;255;255m\x1b[38;2;0;0;0m▀ \x1b[0m\n" +
			"\x1b[48;2;128;128;128m\x1b[38;2;255;255;255m▀\x1b[48;2;0;0;0m▀\x1b[0m\n"},
		{Color256, 1, "\x1b[48;5;231m\x1b[38;5;16m▀ \x1b[0m\n\x1b[48;5;244m\x1b[38;5;231m▀\x1b[48;5;16m▀\x1b[0m\n"},
		{NoColor, 1, "▒█\n▓▒\n"},
		{NoColor, 2, "▒█ ▒█\n▓▒ ▓▒\n"},
		{NoColor, 3, "▒█ ▒█\n▓▒ ▓▒\n ▒   \n██   \n░    \n"},
	} {
		g.Color = c.color
		if got := preview(t, g, c.n, 7, 0, next); got != c.want {
			t.Errorf("color %d, n %d: %q, want %q", c.color, c.n, got, c.want)
		}
	}
}

func TestPreviewColor(t *testing.T) {
	g := Grid{Width: 1, Height: 1, Channels: 3, Background: 255}
	next := func(dst []float32) error { copy(dst, []float32{1, 0, 128. / 255}); return nil }
	if got, want := preview(t, g, 1, 80, 24, next), "\x1b[48;2;255;255;255m\x1b[38;2;255;0;128m▀\x1b[0m\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	g.Color = Color256
	if got, want := preview(t, g, 1, 80, 24, next), "\x1b[48;5;231m\x1b[38;5;198m▀\x1b[0m\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPreviewFits(t *testing.T) {
	for _, c := range []struct {
		width, height, n, columns, rows int
		perRow, shown                   int
	}{
		{28, 28, 1, 80, 24, 1, 1},
		{28, 28, 2, 80, 24, 2, 2},     // full size
		{28, 28, 5, 80, 24, 5, 5},     // half size
		{28, 28, 64, 80, 24, 5, 15},   // half size, not all
		{28, 28, 64, 200, 60, 13, 64}, // half size, all
		{28, 28, 64, 80, 0, 2, 64},    // no limit of rows
		{28, 28, 3, 20, 24, 1, 2},     // wider than the terminal
		{28, 28, 3, 0, 0, 2, 3},       // unknown terminal
		{300, 200, 4, 80, 24, 2, 4},
		{1000, 1, 2, 80, 24, 1, 2},
		{1, 1000, 99, 80, 24, 40, 40},
		{28, 28, 9, 1, 1, 1, 1},
	} {
		for _, columns := range []int{0, 3} {
			g := Grid{Width: c.width, Height: c.height, Channels: 1, Color: NoColor, Columns: columns}
			if columns > 0 && c.perRow > columns {
				continue
			}
			calls := 0
			out := preview(t, g, c.n, c.columns, c.rows, func([]float32) error { calls++; return nil })
			if calls != c.shown || g.PreviewColumns(c.n, c.columns, c.rows) != c.perRow {
				t.Errorf("%+v: %d shown, %d in a row", c, calls, g.PreviewColumns(c.n, c.columns, c.rows))
			}
			checkExtent(t, out, c.columns, c.rows)
			more := fmt.Sprintf("… and %d more\n", c.n-c.shown)
			if strings.HasSuffix(out, more) != (c.n > c.shown) {
				t.Errorf("%+v ends %q", c, out[max(0, len(out)-40):])
			}
		}
	}
}

// checkExtent holds a preview without colours to the terminal, the prompt's line included.
func checkExtent(t *testing.T, out string, columns, rows int) {
	t.Helper()
	lines := strings.Split(out, "\n")
	if rows > 2 && len(lines) > rows {
		t.Errorf("%d lines in a terminal of %d", len(lines), rows)
	}
	for _, line := range lines {
		if width := utf8.RuneCountInString(line); columns > 0 && width > columns && !strings.HasPrefix(line, "…") {
			t.Errorf("%d columns in a terminal of %d", width, columns)
		}
	}
}

func TestPreviewColumnsField(t *testing.T) {
	g := Grid{Width: 2, Height: 2, Channels: 1, Columns: 3, Color: NoColor}
	if got, want := preview(t, g, 4, 80, 24, sequence(func(int) float32 { return 1 })), "██ ██ ██\n▒▒      \n▒▒      \n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestPreviewErrors(t *testing.T) {
	g := Grid{Width: 2, Height: 2, Channels: 1, Color: NoColor}
	broken := errors.New("broken")
	var b bytes.Buffer
	if err := g.Preview(&b, 4, 80, 24, func([]float32) error { return broken }); !errors.Is(err, broken) || b.Len() != 0 {
		t.Errorf("next fails: %v, %q", err, b.String())
	}
	ones := sequence(func(int) float32 { return 1 })
	if err := g.Preview(&limited{3}, 4, 80, 24, ones); !errors.Is(err, errFull) {
		t.Errorf("writer fails: %v", err)
	}
	if g.Preview(&b, 0, 80, 24, ones) == nil || (Grid{}).Preview(&b, 1, 80, 24, ones) == nil {
		t.Error("drew nothing")
	}
	i := 0
	empty := func(dst []float32) error {
		dst[0], dst[1], dst[2], dst[3] = 1, 1, 1, 1
		if i++; i == 2 {
			return ErrEmpty
		}
		return nil
	}
	if got := preview(t, g, 3, 80, 24, empty); got != "██    ██\n" {
		t.Errorf("empty cell: %q", got)
	}
}

func TestShrink(t *testing.T) {
	src := []float32{0, 1, 0.5, 1, 2, float32(math.NaN())} // 3 wide, 2 high; 2 counts as 1, NaN as 0
	dst := make([]float32, 2)
	shrink(dst, 1, 2, src, 2, 3, 1)
	for i, want := range []float64{(0 + 0.5 + 1 + 0.5) / 3, (0.5 + 0.5 + 0.5 + 0) / 3} {
		if !(math.Abs(float64(dst[i])-want) <= 1e-6) {
			t.Errorf("element %d: %g, want %g", i, dst[i], want)
		}
	}
	// The mean stays the same whatever the sizes.
	for h := 1; h <= 7; h++ {
		for w := 1; w <= 9; w++ {
			var images [][]float32
			src := make([]float32, 7*9*3)
			_ = noise(uint64(h*w), &images)(src)
			dst := make([]float32, h*w*3)
			shrink(dst, h, w, src, 7, 9, 3)
			if got, want := mean(dst), mean(src); !(math.Abs(got-want) <= 1e-6) {
				t.Errorf("%dx%d: mean %g, want %g", w, h, got, want)
			}
		}
	}
}

func mean(values []float32) float64 {
	sum := 0.0
	for _, v := range values {
		sum += float64(clamp(v))
	}
	return sum / float64(len(values))
}

// TestPalette compares with a search over the 240 colours that palette may choose.
func TestPalette(t *testing.T) {
	levels := []int{0, 95, 135, 175, 215, 255}
	for v := range 256 {
		want := math.MaxInt
		for _, l := range levels {
			want = min(want, abs(l-v))
		}
		if got := abs(levels[cube(uint8(v))] - v); got != want {
			t.Errorf("cube level of %d is %d off, want %d", v, got, want)
		}
		grey := palette(rgb{uint8(v), uint8(v), uint8(v)})
		want = min(v, 255-v)
		for i := range 24 {
			want = min(want, abs(8+10*i-v))
		}
		got := abs(8 + 10*(grey-232) - v)
		switch grey {
		case 16:
			got = v
		case 231:
			got = 255 - v
		}
		if got != want {
			t.Errorf("grey %d becomes entry %d, %d off, want %d", v, grey, got, want)
		}
	}
}

func abs(v int) int { return max(v, -v) }

func TestColorFor(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want Color
	}{
		{map[string]string{}, NoColor},
		{map[string]string{"TERM": "xterm"}, Color256},
		{map[string]string{"TERM": "dumb", "COLORTERM": "truecolor"}, NoColor},
		{map[string]string{"TERM": "xterm-256color", "COLORTERM": "truecolor"}, TrueColor},
		{map[string]string{"TERM": "xterm", "COLORTERM": "24bit"}, TrueColor},
		{map[string]string{"TERM": "xterm", "COLORTERM": "24bit", "NO_COLOR": "1"}, NoColor},
		{map[string]string{"WT_SESSION": "x"}, TrueColor},
	} {
		if got := ColorFor(func(k string) string { return c.env[k] }); got != c.want {
			t.Errorf("%v: %d, want %d", c.env, got, c.want)
		}
	}
}
