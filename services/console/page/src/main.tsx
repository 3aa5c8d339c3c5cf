import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { prepareDrawing } from './charts/chart.tsx';
import { LanguageProvider } from './i18n/language.tsx';
import './styles/page.css';

const place = document.querySelector('#page');
if (place === null) throw new Error('the page has no place for the app');
createRoot(place).render(
  <StrictMode>
    <LanguageProvider>
      <App />
    </LanguageProvider>
  </StrictMode>,
);
prepareDrawing();
