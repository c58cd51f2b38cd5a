/**
 * Loaded before the command line (`--import`). If the launcher is killed and can't pass the signal on, the channel to it
 * closes, and this process ends as if it had been killed itself: a run must not continue unnoticed.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
