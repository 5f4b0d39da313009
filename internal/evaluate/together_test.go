package evaluate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/world"
	"vae/internal/world/crowd"
)

// A report is the same, to the bit, however many processes share it.
func TestReportsOfSeveralProcesses(t *testing.T) {
	for name, change := range map[string]func(*config.Model){
		"vae": func(*config.Model) {}, "autoencoder": func(c *config.Model) { c.Kind = config.AE },
		"two levels": func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{5} },
	} {
		c := config.Default().Model
		c.Latent, c.Hidden = 3, []int{8}
		change(&c)
		m, err := model.New(c, shape, 2)
		if err != nil {
			t.Fatal(err)
		}
		report := func(w world.World) string {
			images := split(53)
			r, err := Measure(context.Background(), m, images, images, Options{Samples: 30, Seed: 4, World: w})
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		want := report(nil)
		for _, n := range []int{2, 4} {
			crowd.Run(n, func(w world.World) error {
				if got := report(w); w.Rank() == 0 && got != want {
					t.Errorf("%s, %d processes: %s, want %s", name, n, got, want)
				}
				return nil
			})
		}
	}
}

// Pieces of work come in their order, and what stops one process stops all.
func TestRounds(t *testing.T) {
	failed := errors.New("broken")
	for _, n := range []int{1, 2, 4} {
		for _, pieces := range []int{0, 1, 3, 8, 9} {
			for _, stop := range []error{nil, context.Canceled, failed} {
				errs := crowd.Run(n, func(w world.World) error {
					var seen []float64
					err := rounds(context.Background(), w, pieces, 2, func(piece int) ([]float64, error) {
						if piece == 2 && stop != nil {
							return nil, stop
						}
						return []float64{float64(piece), 7}[:1+piece%2], nil
					}, func(piece int, figures []float64) {
						if len(figures) != 1+piece%2 || figures[0] != float64(piece) {
							t.Errorf("piece %d has %v", piece, figures)
						}
						seen = append(seen, figures[0])
					})
					if err == nil && len(seen) != pieces {
						t.Errorf("%d processes have seen %v of %d pieces", n, seen, pieces)
					}
					return err
				})
				for rank, err := range errs {
					if want := stop != nil && pieces > 2; (err != nil) != want || stop == context.Canceled && err != nil && !errors.Is(err, stop) {
						t.Errorf("%d processes, %d pieces, %v: rank %d: %v", n, pieces, stop, rank, err)
					}
				}
			}
		}
	}
	if errs := crowd.Run(2, func(w world.World) error {
		ctx, cancel := context.WithCancel(context.Background())
		if w.Rank() == 1 {
			cancel()
		}
		defer cancel()
		return rounds(ctx, w, 5, 1, func(int) ([]float64, error) { return nil, nil }, func(int, []float64) {})
	}); !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], context.Canceled) {
		t.Error(fmt.Sprint(errs))
	}
}
