package cli

import (
	"slices"

	"github.com/spf13/pflag"
)

// explainsEmpty is the annotation of a flag whose command refuses an empty text itself,
// as it can say what to give instead.
const explainsEmpty = "explains empty"

// explainEmpty says that the command refuses an empty text of the flag.
func explainEmpty(flags *pflag.FlagSet, name string) {
	must(flags.SetAnnotation(name, explainsEmpty, []string{"yes"}))
}

func leftToCommand(f *pflag.Flag) bool { return f.Annotations[explainsEmpty] != nil }

// noEmptyFlags refuses --model "" and its like, which an unset shell variable makes of
// a flag and which would stand for the default in silence: every flag that was given,
// but those to be left out.
func noEmptyFlags(flags *pflag.FlagSet, except func(*pflag.Flag) bool) (err error) {
	flags.Visit(func(f *pflag.Flag) {
		if err == nil && isEmpty(f.Value) && !except(f) {
			err = usagef("--%s is empty: give it a value or leave it out", f.Name)
		}
	})
	return err
}

func isEmpty(v pflag.Value) bool {
	if list, ok := v.(pflag.SliceValue); ok {
		return slices.Contains(list.GetSlice(), "")
	}
	return v.String() == ""
}
