import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The page, from page to dist/page; names of the files in assets carry a hash of what is in them. */
export default defineConfig({
  root: path('page'),
  plugins: [react()],
  build: {
    outDir: path('dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    // A data: address would be refused by the page's Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    reportCompressedSize: true,
  },
  server: { proxy: { '/v1': process.env['REPORTS_URL'] ?? 'http://127.0.0.1:8086' } },
});
