package dataset

import (
	"context"
	"image/color"
	"testing"

	"vae/internal/config"
)

func TestFirstShape(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "bad/a.png", []byte("no image"))
	write(t, dir, "bad/b.png", grayFile(t, 5, 3, 1))
	write(t, dir, "colors/a.png", pngOf(t, solid(6, 4, color.RGBA{200, 10, 10, 255})))
	write(t, dir, "greys/a.png", pngOf(t, solid(6, 4, color.RGBA{9, 9, 9, 255})))
	write(t, dir, "none/a.png", []byte("no image"))
	write(t, dir, "images-idx3-ubyte", idxBytes(idxImages, []int32{2, 3, 4}, ramp(24)))
	for _, c := range []struct {
		args []string
		want config.Shape
	}{
		{[]string{dir + "/bad"}, config.Shape{Width: 5, Height: 3, Channels: 1}},
		{[]string{dir + "/colors"}, config.Shape{Width: 6, Height: 4, Channels: 3}},
		{[]string{dir + "/greys"}, config.Shape{Width: 6, Height: 4, Channels: 1}},
		{[]string{dir + "/none/a.png", dir + "/colors/a.png"}, config.Shape{Width: 6, Height: 4, Channels: 3}},
		{[]string{dir + "/images-idx3-ubyte"}, config.Shape{Width: 4, Height: 3, Channels: 1}},
		{[]string{dir + "/images-idx3-ubyte/00001"}, config.Shape{Width: 4, Height: 3, Channels: 1}},
		{[]string{"mnist:test"}, config.Shape{Width: 28, Height: 28, Channels: 1}},
	} {
		if got, err := FirstShape(t.Context(), c.args, 0); err != nil || got != c.want {
			t.Errorf("%v: %v, %v, want %v", c.args, got, err, c.want)
		}
	}
	for _, c := range []struct{ arg, want string }{{dir + "/none", "a.png"}, {dir + "/missing", "no such file"}, {"-", "no image"}} {
		_, err := FirstShape(t.Context(), []string{c.arg}, 0)
		wantError(t, err, c.want)
	}
	_, err := FirstShape(t.Context(), []string{dir + "/colors"}, 10)
	wantError(t, err, "6x4")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FirstShape(ctx, []string{dir + "/bad"}, 0); err == nil {
		t.Error("an interruption is no error")
	}
}
