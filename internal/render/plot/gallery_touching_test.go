package plot

import (
	"strconv"
	"testing"
)

// Images that touch leave no pixel between them, and labels are left out where they would lie over
// each other, at the side as above.
func TestTouchingGallery(t *testing.T) {
	const n = 40
	g := Gallery{Height: 3, Width: 3, Channels: 1, Enlarge: 2, Touching: true}
	for i := range n {
		g.Rows, g.Columns = append(g.Rows, strconv.Itoa(i)), append(g.Columns, strconv.Itoa(1000+i)+" sd")
	}
	l, err := g.layout(n, n)
	if err != nil {
		t.Fatal(err)
	}
	if l.across != 6 || l.down != 6 || l.rowStep*6 < int(l.em) || float64(l.step*6) < l.columnText[0].Width(l.em) {
		t.Errorf("images %d and %d apart, labels each %d rows and %d columns", l.across, l.down, l.rowStep, l.step)
	}
	picture, err := g.Image(n, n, func(_, _ int, dst []float32) error {
		for i := range dst {
			dst[i] = 0
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for y := range 6 * n {
		for x := range 6 * n {
			if v := picture.Pixels[(l.y0+y)*picture.Width+l.x0+x]; v != 0 {
				t.Fatalf("pixel %d, %d of the images is %d", x, y, v)
			}
		}
	}
	apart := Gallery{Height: 3, Width: 3, Channels: 1, Enlarge: 2, Rows: g.Rows}
	if l, err := apart.layout(n, n); err != nil || l.down < int(l.em) || l.rowStep != 1 {
		t.Errorf("rows that need not touch: %d apart, labels each %d, %v", l.down, l.rowStep, err)
	}
}
