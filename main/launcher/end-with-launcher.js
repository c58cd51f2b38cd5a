/**
 * Loaded before the command line (`--import`): when the launcher is killed, so that it can't pass a signal on, the channel
 * to it closes and this process ends as if it had been killed itself. A run must not go on unseen.
 */
if (process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
