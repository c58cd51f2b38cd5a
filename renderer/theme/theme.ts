import { createTheme, type MantineColorsTuple } from '@mantine/core'

/** Laurel green, from the lightest to the darkest. */
const laurel: MantineColorsTuple = [
  '#eef5f1',
  '#dbe9e1',
  '#b6d3c3',
  '#8fbca4',
  '#69a586',
  '#4f9d77',
  '#3f8a66',
  '#2f6f4f',
  '#275d42',
  '#1c4531',
]

/** Font sizes are 12, 13, 14, 18, and 24, on a 4-pixel grid; cards have no shadows. Colors of roles and models are in tokens.css. */
export const theme = createTheme({
  colors: { laurel },
  primaryColor: 'laurel',
  primaryShade: { light: 7, dark: 5 },
  autoContrast: true,
  respectReducedMotion: true,
  fontFamily: 'var(--font-text)',
  fontFamilyMonospace: 'var(--font-code)',
  defaultRadius: 6,
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '18px', xl: '24px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '32px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '18px', lineHeight: '24px' },
      h2: { fontSize: '14px', lineHeight: '20px' },
      h3: { fontSize: '13px', lineHeight: '20px' },
    },
  },
  components: {
    // Mantine picks the text color for the light scheme's green only; on the dark scheme's lighter green, white has too little contrast.
    Button: {
      defaultProps: { size: 'xs', variant: 'default' },
      vars: (_: unknown, { variant, color }: { variant?: string; color?: string }) => ({
        root: variant === 'filled' && color === undefined ? { '--button-color': 'var(--accent-text)' } : {},
      }),
    },
    ActionIcon: { defaultProps: { size: 'md', variant: 'subtle', color: 'gray' } },
    TextInput: { defaultProps: { size: 'xs' } },
    NumberInput: { defaultProps: { size: 'xs' } },
    Select: { defaultProps: { size: 'xs' } },
    Textarea: { defaultProps: { size: 'xs' } },
    SegmentedControl: { defaultProps: { size: 'xs' } },
    Switch: { defaultProps: { size: 'xs' } },
    Checkbox: { defaultProps: { size: 'xs' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 320, transitionProps: { duration: 120 } } },
    // A closed dialog is gone immediately, so that the next key reaches the page.
    Drawer: { defaultProps: { transitionProps: { duration: 120, exitDuration: 0 } } },
    Popover: { defaultProps: { transitionProps: { duration: 120, exitDuration: 0 } } },
    // The page behind doesn't scroll (its content does), and locking would need an inline style that the content security policy blocks.
    Modal: {
      defaultProps: {
        transitionProps: { duration: 120, exitDuration: 0 },
        centered: true,
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
      },
      styles: { title: { fontSize: 14, fontWeight: 600 } },
    },
    // 12 pixels is the minimum; Mantine's default is 10.
    InputWrapper: {
      vars: () => ({ description: { '--input-description-size': '12px' }, error: { '--input-error-size': '12px' }, label: {} }),
    },
    Pill: { vars: () => ({ root: { '--pill-fz': '12px' } }) },
    Menu: { defaultProps: { transitionProps: { duration: 120 }, shadow: 'sm' } },
  },
})
