import { Download } from 'lucide-react';
import type { UsageReport } from '@/api/types';
import { download, toCsv } from '@/lib/csv';
import { Button } from '@/ui/button';
import { Menu, MenuContent, MenuItem, MenuTrigger } from '@/ui/menu';
import { fileName, USAGE_HEAD, usageRows } from './export';

/** What is on the page, as a file: nothing is asked of the server again. */
export function ExportMenu({ report }: { report: UsageReport | undefined }) {
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="outline" size="sm" disabled={!report}>
          <Download aria-hidden />
          <span className="max-sm:sr-only">Export</span>
        </Button>
      </MenuTrigger>
      {report && (
        <MenuContent align="end">
          <MenuItem
            onSelect={() => download(fileName(report, 'csv'), toCsv(USAGE_HEAD, usageRows(report)), 'text/csv')}
          >
            CSV, a line per day and group
          </MenuItem>
          <MenuItem
            onSelect={() => download(fileName(report, 'json'), JSON.stringify(report, null, 2), 'application/json')}
          >
            JSON, as the API gives it
          </MenuItem>
        </MenuContent>
      )}
    </Menu>
  );
}
