package config

import (
	"fmt"
	"strings"

	"vae/internal/augment"
)

var dataSettings = []Setting{
	{
		Path: "data.source", Flag: "data", Group: GroupData, At: func(c *Config) any { return &c.Data.Source },
		Help:  "\"mnist\", or a folder, zip or tar of images, WebDataset's shards ('train-{000..099}.tar', in quotes), IDX, NPY or NPZ files",
		Check: rule(`must be "mnist" or the path of a folder, in UTF-8`, isPath), Changeable: true, // the images must be the same
	},
	{
		Path: "data.image_size", Flag: "image-size", Group: GroupData, At: func(c *Config) any { return &c.Data.ImageSize },
		Help: "resize images to `WxH` pixels (default as they are)", Note: `"WIDTHxHEIGHT", or "" for the images' own`,
		Check: rule(imageSizeReason, isImageSize),
	},
	{
		Path: "data.fit", Flag: "fit", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Fit) },
		Help:   "bring images of other proportions to their size: stretch, crop to the middle, or pad with black",
		Values: Names(Fits),
	},
	{
		Path: "data.resample", Flag: "resample", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Resample) },
		Help:   "resize by bicubic interpolation, which is sharp, by bilinear as torchvision, or nearest pixel for drawings of few colors",
		Values: Names(Resamples),
	},
	{
		Path: "data.crop", Flag: "crop", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Crop) },
		Help: "train on a window of " + Mention("data.image_size") + ", anew at each use anywhere in an image that is kept larger: brought to `WxH` pixels, or own for as they are, all of one size",
		Note: "none, own or WIDTHxHEIGHT, of which windows are trained on",
		Check: func(at any) *FieldError {
			text := string(*at.(*Keyword))
			_, _, _, err := ParseCrop(text)
			return refuse(text, err == nil, cropReason)
		},
		UsedBy: []Use{inTraining},
	},
	{
		Path: "data.channels", Flag: "channels", Group: GroupData, At: func(c *Config) any { return &c.Data.Channels },
		Help: "1 for grey, 3 for color, 0 for what the images have", Note: "1 grey, 3 color, 0 as the images are",
		Check: rule("must be 1 (grey), 3 (color) or 0 (as the images are)", func(n int) bool { return n == 0 || n == 1 || n == 3 }),
	},
	{
		Path: "data.range", Flag: "range", Group: GroupData, At: func(c *Config) any { return &c.Data.Range },
		Help: "the values that are black and white: auto for what the format of a file can hold, 8bit, 16bit, or `LOW:HIGH`",
		Note: `"auto", "8bit", "16bit" or "LOW:HIGH"`, Check: rule(rangeReason, isRange),
	},
	{
		Path: "data.validation", Flag: "validation", Group: GroupData, At: func(c *Config) any { return &c.Data.Validation },
		Help: "training images kept back for validation, or auto", Note: "images kept back from training",
		Word: "auto", Default: "auto: 5,000, or a twelfth of fewer than 60,000",
		Check: rule("must be a whole number of images, 0 or more, or auto", func(n int) bool { return n >= 0 || n == Auto }),
	},
	{
		Path: "data.limit", Flag: "limit", Group: GroupData, At: func(c *Config) any { return &c.Data.Limit },
		Help: "train on so many images only, 0 for all", Note: "training images used, 0 for all",
		Check: atLeast0("must be a whole number of images, or 0 for all"),
	},
	{
		Path: "data.merge_test", Flag: "merge-test", Group: GroupData, At: func(c *Config) any { return &c.Data.MergeTest },
		Help: "train on the test images too, as some published figures do; those of the test then say nothing about other images",
	},
	{
		Path: "data.pages", Flag: "pages", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Pages) },
		Help:   "of files with several pages or frames: the first, or all as an image each",
		Values: Names(PageChoices),
	},
	{
		Path: "data.skip_bad", Flag: "skip-bad", Group: GroupData, At: func(c *Config) any { return &c.Data.SkipBad },
		Help: "leave out images that cannot be read, where they are an error else",
	},
	{
		Path: "data.binarize", Flag: "binarize", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Binarize) },
		Help:   "draw black and white pixels from the grey ones: none, static for once, dynamic for anew at each use",
		Values: Names(Binarizations),
	},
	{
		Path: "data.augment", Flag: "augment", Group: GroupData, At: func(c *Config) any { return (*Keyword)(&c.Data.Augment) },
		Help: "change training images at each use, in this order: `LIST` of flip, flip-vertical, crop:PIXELS, rotate:DEGREES, scale:FACTOR; " +
			"fill:GREY in it fills what comes in from outside, the mirror image else",
		Check: augmentation, UsedBy: []Use{inTraining},
	},
	{
		Path: "data.cache", Flag: "cache", Group: GroupData, At: func(c *Config) any { return &c.Data.Cache },
		Help: "keep the images, decoded and resized, in a `FILE` (or a folder, FOLDER/) that is read as memory, for more than fit there: auto for one beside the run, none for that where they take more than 4 GiB, memory for never",
		Note: `"none", "auto" for a file beside the run, or its path`, Check: rule("must be none, memory, auto or a path, in UTF-8", isPath), Changeable: true,
	},
	{
		Path: "data.exclude_labels", Flag: "exclude-label", Group: GroupData, At: func(c *Config) any { return &c.Data.ExcludeLabels },
		Help: "leave images of these `labels` out of training and validation; test images stay",
		Note: "left out of training and validation", Check: classNames,
	},
}

var lengthSettings = []Setting{
	{
		Path: "train.epochs", Flag: "epochs", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Epochs },
		Help: "passes over the training images", Check: integer(1, MaxEpochs), UsedBy: []Use{inTraining}, Changeable: true,
	},
	{
		Path: "train.batch", Flag: "batch", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Batch },
		Help: "images in a batch, or auto", Word: "auto", Least: 1, Default: fmt.Sprintf("auto: %d, or all of fewer", AutoBatch),
		Check: rule(fmt.Sprintf("must be a whole number from 1 to %d, or auto", MaxBatch),
			func(n int) bool { return n >= 1 && n <= MaxBatch || n == Auto }),
		UsedBy: []Use{inTraining},
	},
	{
		Path: "train.slices", Flag: "slices", Group: GroupOptimization, At: func(c *Config) any { return &c.Train.Slices },
		Help:   "equal parts of a batch, a power of two, in which its images are added up and which several processes share: it decides the last bits of a model, and how many processes train it does not",
		Note:   "of a batch, shared by processes",
		Check:  rule(fmt.Sprintf("must be a power of two from 1 to %d", MaxSlices), func(n int) bool { return n >= 1 && n <= MaxSlices && n&(n-1) == 0 }),
		UsedBy: []Use{inTraining},
	},
	{
		Path: "train.seed", Flag: "seed", Group: GroupRun, At: func(c *Config) any { return &c.Train.Seed },
		Help: "seed of everything random: the same seed gives the same model, to the bit",
	},
}

// windowConflict finds windows that cannot be cut, or would be drawn for good.
func windowConflict(c Config) *Conflict {
	d := c.Data
	width, height, windows, _ := ParseCrop(d.Crop) // Validate has seen to it
	switch {
	case !windows:
		return nil
	case d.ImageSize == "":
		return &Conflict{"data.crop", d.Crop, "is cut into windows, whose size is to be said", "give " + Mention("data.image_size", "WxH")}
	case d.Binarize == Static:
		return &Conflict{"data.binarize", string(d.Binarize), "draws the pixels once, and " + Mention("data.crop") + " shows other ones at each use",
			"use " + Mention("data.binarize", "dynamic")}
	}
	w, h, _ := ParseImageSize(d.ImageSize)
	if d.Crop == OwnSize || width >= w && height >= h {
		return nil
	}
	return &Conflict{"data.crop", d.Crop, "is smaller than the windows of " + Mention("data.image_size", d.ImageSize) + " to be cut out of it", "give a larger one"}
}

// cacheConflict finds words that are no names of files to those who write them.
func cacheConflict(c Config) *Conflict {
	meant := ""
	switch word := c.Data.Cache; strings.ToLower(word) {
	case "-", "no", "off", "false":
		meant = NoCache
	case "yes", "on", "true":
		meant = AutoCache
	default:
		return nil
	}
	return &Conflict{"data.cache", c.Data.Cache, "is no file's name that is likely to be meant",
		"use " + Mention("data.cache", meant) + ", or " + Mention("data.cache", "./"+c.Data.Cache) + " for a file that is called so"}
}

// augmentConflict finds images that would not stay what they are said to be.
func augmentConflict(c Config) *Conflict {
	recipe, _ := augment.Parse(c.Data.Augment)
	switch {
	case c.Data.Binarize != Static:
		return nil
	case recipe.Grey():
		return &Conflict{"data.augment", c.Data.Augment, "brings in grey, where " + Mention("data.binarize", "static") + " has made all black and white before",
			"fill with 0 or 1, or use " + Mention("data.binarize", "dynamic")}
	case !recipe.Interpolates():
		return nil
	}
	return &Conflict{"data.augment", c.Data.Augment, "mixes pixels, which " + Mention("data.binarize", "static") + " has made black and white before",
		"use " + Mention("data.binarize", "dynamic") + ", or leave rotate and scale out"}
}
