<#
.SYNOPSIS
Installs Industrial Flow ERP as a Windows service, or removes it.

.DESCRIPTION
Run from an elevated PowerShell in the unpacked program, for example in C:\erp (not under C:\Users: the service
account could not read it). Needs Python 3.11 or newer, 64 bit, installed "for all users". Nothing else is
needed: npm comes through pip where it is missing, the SQL Server driver too.

With nssm.exe on PATH or named by -Nssm, the program runs as a service of NSSM; otherwise as a scheduled task
that starts with Windows and is restarted when it ends. Both run as LOCAL SERVICE. Running the script again
updates an installation in place; data is never touched.

The program listens on 127.0.0.1 only. Other computers reach it through Tailscale (deploy\tailscale.md, with
HTTPS, the better way) or, with -Lan, over plain HTTP in the local subnet; -Lan also opens the Windows firewall
for private and domain networks.

.EXAMPLE
powershell -ExecutionPolicy Bypass -File deploy\windows\install.ps1
.EXAMPLE
powershell -ExecutionPolicy Bypass -File deploy\windows\install.ps1 -Lan -Port 8080
.EXAMPLE
powershell -ExecutionPolicy Bypass -File deploy\windows\install.ps1 -Uninstall
#>
[CmdletBinding()]
param(
    [ValidateRange(1, 65535)][int]$Port = 8000,
    [string]$DataDir = (Join-Path $env:ProgramData 'IndustrialFlowERP'),
    [string]$Python = 'python',
    [string]$Nssm = 'nssm',
    [switch]$Lan,
    [switch]$Uninstall
)
$ErrorActionPreference = 'Stop'
$Name = 'IndustrialFlowERP'
$Root = (Resolve-Path (Join-Path $PSScriptRoot '..\..')).Path
$VenvPython = Join-Path $Root '.venv\Scripts\python.exe'

function Invoke-Checked {
    param([string]$Command, [string[]]$Arguments)
    & $Command @Arguments
    if ($LASTEXITCODE -ne 0) { throw "$Command $($Arguments -join ' ') ended with code $LASTEXITCODE" }
}

function Remove-Installation {
    if (Get-Service -Name $Name -ErrorAction SilentlyContinue) {
        Stop-Service -Name $Name -Force
        Invoke-Checked 'sc.exe' @('delete', $Name)
    }
    if (Get-ScheduledTask -TaskName $Name -ErrorAction SilentlyContinue) {
        Stop-ScheduledTask -TaskName $Name
        Unregister-ScheduledTask -TaskName $Name -Confirm:$false
    }
    Get-NetFirewallRule -Name $Name -ErrorAction SilentlyContinue | Remove-NetFirewallRule
}

$identity = New-Object Security.Principal.WindowsPrincipal([Security.Principal.WindowsIdentity]::GetCurrent())
if (-not $identity.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) {
    throw 'Please run this from an elevated PowerShell (Run as administrator).'
}

if ($Uninstall) {
    Remove-Installation
    Write-Host "Removed. The data is still in $DataDir; delete that folder yourself if it is no longer needed."
    return
}

Set-Location $Root
$env:DATA_DIR = $DataDir
$env:PYTHONUTF8 = '1'
& $Python -c 'import sys; sys.exit(sys.version_info < (3, 11) or sys.maxsize < 2**32)'
if ($LASTEXITCODE -ne 0) { throw "$Python is not a 64-bit Python 3.11 or newer; name another with -Python." }
$pythonHome = & $Python -c 'import sys; print(sys.base_prefix)'
if ("$pythonHome|$Root" -match [regex]::Escape((Split-Path $env:PUBLIC))) {
    Write-Warning "Python or the program lies in a user's folder; the service account may not be able to read it."
}
Remove-Installation

Write-Host '1/5 Python packages'
if (-not (Test-Path $VenvPython)) { Invoke-Checked $Python @('-m', 'venv', '.venv') }
Invoke-Checked $VenvPython @('-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', 'requirements\base.txt')

Write-Host '2/5 Browser files and translations'
Invoke-Checked $VenvPython @('requirements\npm_ci.py')
Invoke-Checked $VenvPython @('requirements\assets.py')
foreach ($catalogue in Get-Item '*\locale\*\LC_MESSAGES\*.po') {
    $locale = $catalogue.Directory.Parent.Name
    $compiled = [IO.Path]::ChangeExtension($catalogue.FullName, '.mo')
    Invoke-Checked '.venv\Scripts\pybabel.exe' @('--quiet', 'compile', '--input-file', $catalogue.FullName, '--output-file', $compiled, '--locale', $locale)
}

Write-Host '3/5 Data folder'
New-Item -ItemType Directory -Force $DataDir | Out-Null
# Administrators, SYSTEM and LOCAL SERVICE only; by SID, because the names differ between languages.
Invoke-Checked 'icacls.exe' @($DataDir, '/q', '/inheritance:r', '/grant', '*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F', '*S-1-5-19:(OI)(CI)M')
$settings = Join-Path $DataDir '.env'
if (-not (Test-Path $settings)) {
    $names = @('localhost', '127.0.0.1')
    $address = "http://127.0.0.1:$Port"
    if ($Lan) {
        $names += $env:COMPUTERNAME.ToLower()
        $names += @(Get-NetIPAddress -AddressFamily IPv4 | Where-Object { $_.IPAddress -notlike '127.*' -and $_.IPAddress -notlike '169.254.*' } | ForEach-Object { $_.IPAddress })
        $address = "http://$($env:COMPUTERNAME.ToLower()):$Port"
    }
    $lines = @('# Settings; all of them are explained in deploy\env.example.', "ALLOWED_HOSTS=$($names -join ',')", "APP_BASE_URL=$address")
    [IO.File]::WriteAllLines($settings, $lines)  # UTF-8 without a byte order mark
}

Write-Host '4/5 Database'
Invoke-Checked $VenvPython @('manage.py', 'migrate', '--no-input')
Invoke-Checked $VenvPython @('manage.py', 'collectstatic', '--no-input', '--verbosity', '0')

Write-Host '5/5 Service'
$listen = '127.0.0.1'
if ($Lan) { $listen = '0.0.0.0' }
$serve = "manage.py serve --host $listen --port $Port"
$nssmCommand = Get-Command $Nssm -ErrorAction SilentlyContinue
if ($nssmCommand) {
    $nssmExe = $nssmCommand.Source
    $log = Join-Path $DataDir 'logs\service.log'
    Invoke-Checked $nssmExe @('install', $Name, $VenvPython, $serve)
    $options = @(
        @('AppDirectory', $Root),
        @('AppEnvironmentExtra', "DATA_DIR=$DataDir", 'PYTHONUTF8=1'),
        @('AppStdout', $log), @('AppStderr', $log), @('AppRotateFiles', '1'), @('AppRotateBytes', '10485760'),
        @('AppStopMethodConsole', '15000'), @('AppExit', 'Default', 'Restart'), @('AppRestartDelay', '3000'),
        @('DisplayName', 'Industrial Flow ERP'), @('Start', 'SERVICE_AUTO_START'),
        @('ObjectName', 'NT AUTHORITY\LocalService')
    )
    foreach ($option in $options) { Invoke-Checked $nssmExe (@('set', $Name) + $option) }
    Start-Service -Name $Name
} else {
    $arguments = "/d /c `"set `"DATA_DIR=$DataDir`"&& set PYTHONUTF8=1&& `"$VenvPython`" $serve`""
    $task = @{
        TaskName    = $Name
        Description = 'Industrial Flow ERP'
        Action      = New-ScheduledTaskAction -Execute "$env:SystemRoot\System32\cmd.exe" -Argument $arguments -WorkingDirectory $Root
        Trigger     = New-ScheduledTaskTrigger -AtStartup
        Principal   = New-ScheduledTaskPrincipal -UserId 'NT AUTHORITY\LOCAL SERVICE' -LogonType ServiceAccount
        Settings    = New-ScheduledTaskSettingsSet -RestartCount 999 -RestartInterval (New-TimeSpan -Minutes 1) -ExecutionTimeLimit ([TimeSpan]::Zero) -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries
    }
    Register-ScheduledTask @task -Force | Out-Null
    Start-ScheduledTask -TaskName $Name
}
if ($Lan) {
    New-NetFirewallRule -Name $Name -DisplayName 'Industrial Flow ERP' -Direction Inbound -Protocol TCP -LocalPort $Port `
        -Profile Private, Domain -RemoteAddress LocalSubnet -Action Allow | Out-Null
}

Write-Host ''
Write-Host "Running on http://${listen}:$Port, data in $DataDir, settings in $settings."
Write-Host 'The first administrator, from this folder, in this PowerShell:'
Write-Host "  `$env:DATA_DIR = '$DataDir'; .venv\Scripts\python.exe manage.py createadmin"
