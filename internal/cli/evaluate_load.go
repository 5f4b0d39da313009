package cli

import (
	"context"
	"fmt"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
)

// load opens the data to measure on: those of the model's training, split as they were then, or others.
func (o *measuring) load(ctx context.Context, m *loaded, notes console.Notes) (*dataset.Splits, dataset.Split, error) {
	data, err := o.read(ctx, m)
	if err != nil {
		return nil, dataset.Split{}, err
	}
	split := data.Test
	if o.split == "validation" {
		split = data.Validation
	}
	if split.Len() == 0 {
		return nil, split, o.without(data)
	}
	if o.limit > 0 && o.limit < split.Len() {
		split.Index = split.Index[:o.limit]
	}
	if classes := m.Classes(); len(classes) > 0 {
		if split, err = ofClasses(m, data, split); err != nil {
			return nil, split, err
		}
		if learned, ok := data.Train.Relabelled(classes); ok {
			data.Train = learned
		} else {
			data.Train.Index = nil // of which the classifiers could learn nothing
		}
		m.noteUnseen(notes, split)
	}
	o.announce(m, data, split, notes)
	return data, split, nil
}

// without is the error about data that have no images of the split.
func (o *measuring) without(data *dataset.Splits) error {
	other, n := "validation", data.Validation.Len()
	if o.split == other {
		other, n = "test", data.Test.Len()
	}
	advice := "name with --data a folder of the images to measure"
	if n > 0 {
		advice = fmt.Sprintf("measure its %s with --split %s, or %s", console.Count(n, other+" image"), other, advice)
	}
	return fmt.Errorf("%s has no %s images: %s", data.Name, o.split, advice)
}

func (o *measuring) read(ctx context.Context, m *loaded) (*dataset.Splits, error) {
	c := m.cachedData()
	c.SkipBad = c.SkipBad || o.skipBad
	if o.data != "" {
		if c.Source = o.data; m.saved.Config.Data.Cache != config.AutoCache { // a file is that of the training's images
			c.Cache = config.NoCache
		}
		return dataset.LoadKnown(c, m.saved.Info.Seed, o.pixels, m.saved.Info.DatasetSHA256, m.keeping(ctx))
	}
	data, err := dataset.Reload(c, m.saved.Info.Seed, o.pixels, m.keeping(ctx))
	if err != nil {
		return nil, fmt.Errorf("the data of %s: %w; name them with --data", m.file, err)
	}
	return data, nil
}

// announce says which images are measured where they are not those of the training data.
func (o *measuring) announce(m *loaded, data *dataset.Splits, split dataset.Split, notes console.Notes) {
	for _, text := range data.Warnings {
		notes.Printf("warning: %s\n", worded(text))
	}
	if data.LeftOut != "" {
		notes.Printf("%s\n", data.LeftOut)
	}
	switch all := console.Count(split.Len(), "image"); {
	case data.SHA256 == m.saved.Info.DatasetSHA256:
	case o.data == "":
		notes.Printf("note: these are not the data that %s was trained on (%s): the split may mix what it has seen with what it has not\n", m.file, m.saved.Info.Dataset)
	case o.apart(m, data):
		notes.Printf("note: %s: other data than those that %s was trained on (%s); measured on the %s for %s\n", data.Name, m.file, m.saved.Info.Dataset, all, o.split)
	default:
		notes.Printf("note: %s: other data than those that %s was trained on (%s), without test images apart; measured on all of them alike, %s\n", data.Name, m.file, m.saved.Info.Dataset, all)
	}
}
