package cli

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"

	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/render/plot"
	"vae/internal/run"
)

const (
	mostFrames  = 500     // of a film; of more epochs some are left out, evenly
	mostPicture = 1 << 26 // pixels of a snapshot that is read
)

// makeFilm writes the snapshots of a run as an animated GIF.
func (o *plotOptions) makeFilm(ctx context.Context, path string, notes console.Notes) error {
	all, err := run.Snapshots(path)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return fmt.Errorf("%s: holds no %s to make a film of; 'vae train --snapshots 64' leaves a picture an epoch", path, run.SnapshotsFolder)
	}
	shots, film, err := alike(all)
	if err != nil {
		return err
	}
	film.Delay, film.Width, film.Height = hundredths(o.delay), o.scale*film.Width, o.scale*film.Height
	if other := len(all) - len(shots); other > 0 {
		notes.Printf("note: %s of another size left out\n", console.Count(other, "picture"))
	}
	shown := shots
	if len(shots) > mostFrames {
		shown = nil
		for i := range mostFrames {
			shown = append(shown, shots[i*(len(shots)-1)/(mostFrames-1)])
		}
	}
	captioned := plot.Captions{Film: film}
	for _, s := range shown {
		captioned.Texts = append(captioned.Texts, fmt.Sprintf("epoch %d", s.Epoch))
	}
	if err := captioned.Validate(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	err = console.WriteFile(ctx, o.film, func(w io.Writer) error {
		return captioned.GIF(w, func(dst []uint8, frame int) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return readShot(dst, shown[frame].File, film, o.scale)
		})
	})
	if err == nil {
		epochs := fmt.Sprintf("epoch %d", shown[0].Epoch)
		if last := shown[len(shown)-1].Epoch; len(shown) > 1 {
			epochs = fmt.Sprintf("epochs %d to %d", shown[0].Epoch, last)
		}
		notes.Printf("%s of %s in %s\n", console.Count(len(shown), "picture"), epochs, o.film)
	}
	return err
}

// alike are the pictures that have the size of the last one, and a film of that size.
func alike(all []run.Snapshot) (shots []run.Snapshot, film render.Film, err error) {
	sizes := make([]render.Film, len(all))
	for i, s := range all {
		if sizes[i], err = shotSize(s.File); err != nil {
			return nil, film, err
		}
	}
	film = sizes[len(all)-1]
	for i, s := range all {
		if sizes[i] == film {
			shots = append(shots, s)
		}
	}
	return shots, film, nil
}

// shotSize is the size of a picture, as a film without a delay.
func shotSize(file string) (render.Film, error) {
	f, err := openShot(file)
	if err != nil {
		return render.Film{}, err
	}
	defer f.Close()
	c, err := png.DecodeConfig(f)
	switch {
	case err != nil:
		return render.Film{}, fmt.Errorf("%s: %w", file, err)
	case c.Width > mostPicture/max(1, c.Height):
		return render.Film{}, fmt.Errorf("%s: %d x %d pixels are more than a training leaves", file, c.Width, c.Height)
	}
	film := render.Film{Width: c.Width, Height: c.Height, Channels: 3}
	if c.ColorModel == color.GrayModel {
		film.Channels = 1
	}
	return film, nil
}

func openShot(file string) (*os.File, error) {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, console.PathError(err))
	}
	return f, nil
}

// readShot reads a picture into dst, of the film's size and channels, every pixel enlarged to so many.
func readShot(dst []uint8, file string, film render.Film, scale int) error {
	f, err := openShot(file)
	if err != nil {
		return err
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if size := img.Bounds().Size(); size != image.Pt(film.Width/scale, film.Height/scale) {
		return fmt.Errorf("%s: has changed while it was read", file)
	}
	i := 0
	for y := range film.Height {
		for x := range film.Width {
			r, g, b, _ := img.At(img.Bounds().Min.X+x/scale, img.Bounds().Min.Y+y/scale).RGBA()
			for _, v := range []uint32{r, g, b}[:film.Channels] {
				dst[i] = uint8(v >> 8)
				i++
			}
		}
	}
	return nil
}
