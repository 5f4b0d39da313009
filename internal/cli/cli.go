// Package cli is the command line: one file a command. It is the only package
// that reads flags, opens the paths a user names and prints.
//
// Results go to stdout, everything else to stderr. A command's constructor ties
// flags to an options struct; its run function does the work with the streams it
// is given and returns an error, which Main turns into one line and an exit code.
package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/trace"
	"vae/internal/world"
)

// Main runs the command that args name and returns the exit code.
func Main(args []string) int {
	ctx, stop := console.UntilSignal(context.Background())
	defer stop()
	return Run(ctx, args, console.System())
}

// Run runs one command with the given streams and returns the exit code.
func Run(ctx context.Context, args []string, s console.Streams) int {
	s, unwritten := s.Until(ctx)
	s.Err = wordedWriter{s.Err}
	reporter := console.Reporter{W: s.Err, Word: worded, Debug: switchedOn(s.Env(console.DebugVariable))}
	command, started, err := execute(ctx, args, s)
	reporter.JSON = wantsJSON(command, args)
	if command != nil {
		reporter.Hint = helpHint(command)
	}
	if unwritten() != nil && (err == nil || !started) { // help and --version
		err = unwritten()
	}
	return reporter.Report(ctx, err)
}

// switchedOn tells whether a variable of the environment is set, and not to 0 or false.
func switchedOn(value string) bool {
	yes, err := strconv.ParseBool(value)
	return value != "" && (err != nil || yes)
}

// execute runs one command. Started tells whether cobra came past flags and arguments.
func execute(ctx context.Context, args []string, s console.Streams) (command *cobra.Command, started bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = trace.Recovered(r)
		}
	}()
	root := newRoot(s)
	root.SetArgs(args)
	if completing(args) {
		offerValues(root)
	}
	var p profiles
	p.add(root)
	defer func() { err = p.write(ctx, err) }()
	root.PersistentPreRunE = func(c *cobra.Command, args []string) error {
		started = true
		return ready(c, args, &p)
	}
	if command, err = checkName(root, args); err != nil {
		return command, false, err
	}
	if command, _, err = root.Find(args); err == nil && !completing(args) {
		command.InitDefaultHelpFlag()
		err = checkValues(command, args)
	}
	if err != nil {
		return command, false, err
	}
	command, err = root.ExecuteContextC(ctx)
	if err != nil && !started {
		err = console.Usage(err)
	}
	return command, started, err
}

// helpHint says where the help of a command is.
func helpHint(c *cobra.Command) string { return fmt.Sprintf("see '%s --help'", c.CommandPath()) }

// ready is done before any command, once its flags are known.
func ready(c *cobra.Command, args []string, p *profiles) error {
	if err := kernel.PathError(); err != nil {
		return console.Usage(err)
	}
	if n := world.Helped(); n > 1 && c.Flags().Lookup(mpiTimeout) == nil {
		return usagef("%s is the work of one process, and mpirun has started %d: start it without; --shard shares out images, where a command has it", c.CommandPath(), n)
	}
	if err := noEmptyFlags(c.Flags(), leftToCommand); err != nil {
		return err
	}
	if err := p.spared(c, args); err != nil {
		return err
	}
	return p.start()
}

func newRoot(s console.Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "vae",
		Short: "Train, sample, encode, reconstruct and measure with variational autoencoders and their relatives",
		Long: `vae trains variational autoencoders and their relatives, uses and measures them:
MNIST out of the box, your own images next. Results go to stdout, messages to
stderr.`,
		Example: `  vae train --latent 20
  vae sample -n 64 > grid.png
  vae encode images/ > latents.csv
  vae reconstruct images/ > pairs.png
  vae score images/ > scores.csv
  vae traverse > latents.png
  vae map mnist:test > map.png
  vae plot -o curves.png
  vae evaluate
  vae compress images/ -o set.vaez
  vae neighbors drawing.png --among images/`,
		Version:       releaseVersion,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(c, args[0])
			}
			return c.Help()
		},
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SuggestionsMinimumDistance = 2 // letters
	root.SetVersionTemplate("vae {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.SetHelpCommand(newHelp())
	addCommands(root, s)
	root.InitDefaultCompletionCmd()
	strictCompletion(root)
	return root
}

// Commands are listed in the order of addCommands, not by name.
func init() { cobra.EnableCommandSorting = false }

// addCommands adds all commands, by what they are for.
func addCommands(root *cobra.Command, s console.Streams) {
	for _, g := range []struct {
		id, title string
		commands  []*cobra.Command
	}{
		{"use", "Train and use a model:", []*cobra.Command{newTrain(s), newSample(s), newEncode(s), newReconstruct(s), newDecode(s), newNeighbors(s), newScore(s)}},
		{"see", "See its latent space, and its training:", []*cobra.Command{newTraverse(s), newManifold(s), newInterpolate(s), newArithmetic(s), newAttribute(s), newMap(s), newExplore(s), newPlotRuns(s)}},
		{"measure", "Measure:", []*cobra.Command{newEvaluate(s), newCompare(s)}},
		{"compress", "Compress:", []*cobra.Command{newCompress(s), newDecompress(s), newList(s), newRates(s)}},
		{"about", "About the program:", []*cobra.Command{newPresets(s), newMPIHelper(s), newVersion(s)}},
	} {
		root.AddGroup(&cobra.Group{ID: g.id, Title: g.title})
		for _, c := range g.commands {
			c.GroupID = g.id
			root.AddCommand(c)
		}
	}
	root.SetHelpCommandGroupID("about")
	root.SetCompletionCommandGroupID("about")
}

// strictCompletion makes a shell that cobra does not know an error instead of a
// help text.
func strictCompletion(root *cobra.Command) {
	c, _, err := root.Find([]string{"completion"})
	if err != nil || c == root {
		panic("cli: there is no completion command")
	}
	c.Args = cobra.ArbitraryArgs
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) > 0 {
			return checkShell(c, args[0])
		}
		return c.Help()
	}
}

// newHelp is cobra's help command, but a command that does not exist is an error.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about any command",
		ValidArgsFunction: func(c *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
			return commandNames(c.Root()), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			topic, rest, err := c.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(c.Root(), args[0])
			}
			topic.InitDefaultHelpFlag()
			return topic.Help()
		},
	}
}
