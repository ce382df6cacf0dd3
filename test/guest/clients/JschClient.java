import com.jcraft.jsch.ChannelExec;
import com.jcraft.jsch.ChannelSftp;
import com.jcraft.jsch.JSch;
import com.jcraft.jsch.Session;

/** usage: java -cp JAR JschClient.java HOST PORT USER PASSWORD FILE TARGET: sends a file, and runs a command that reads it. */
class JschClient {
    public static void main(String[] args) throws Exception {
        Session session = new JSch().getSession(args[2], args[0], Integer.parseInt(args[1]));
        session.setPassword(args[3]);
        session.setConfig("StrictHostKeyChecking", "no");
        session.connect(60_000);
        ChannelSftp sftp = (ChannelSftp) session.openChannel("sftp");
        sftp.connect(60_000);
        sftp.put(args[4], args[5]);
        ChannelExec command = (ChannelExec) session.openChannel("exec");
        command.setCommand("cat " + args[5]);
        var output = command.getInputStream();
        command.connect(60_000);
        output.transferTo(System.out);
        session.disconnect();
    }
}
